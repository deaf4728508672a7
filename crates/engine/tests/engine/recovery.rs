use std::time::Duration;

use seatkeeper_domain::{BatchState, Outcome};
use seatkeeper_engine::Selector;

use crate::fixture::read_to_end;
use crate::stores::on_every_store;

on_every_store! {
    async fn a_batch_of_a_server_that_never_drove_it_is_taken_up(fixture: Fixture) {
        fixture.add_users(9).await;
        fixture.buy("suite", 9).await;
        // This server accepts the batch and drains at once, so it leaves the batch to other
        // servers.
        let dying = fixture.another_engine();
        let started =
            dying.start_batch(fixture.request(&["suite"], &[]), Selector::All).await.unwrap();
        dying.drain(Duration::from_secs(10)).await;
        let id = started.batch.id;
        let stream = fixture.engine.follow_batch(&fixture.customer, &id, 0).await.unwrap();
        let (results, batch) = read_to_end(stream).await;
        assert_eq!(batch.state, BatchState::Succeeded);
        assert!(results.iter().all(|result| result.products[0].1 == Outcome::Assigned));
        assert_eq!(results.len(), 9);
    }

    async fn two_servers_over_one_store_never_oversell(fixture: Fixture) {
        fixture.add_users(40).await;
        fixture.buy("suite", 25).await;
        let other = fixture.another_engine();
        let first = fixture.start(fixture.request(&["suite"], &[]), Selector::All);
        let second = other.start_batch(fixture.request(&["suite"], &[]), Selector::All);
        let (first, second) = futures::future::try_join(first, second).await.unwrap();
        let first = fixture.engine.follow_started(&fixture.customer, first).await.unwrap();
        let second = other.follow_started(&fixture.customer, second).await.unwrap();
        let (first, second) = futures::future::join(read_to_end(first), read_to_end(second)).await;
        assert_eq!(first.1.counts.assigned + second.1.counts.assigned, 25);
        assert_eq!(fixture.entitlement("suite").await.entitlement.assigned, 25);
    }
}
