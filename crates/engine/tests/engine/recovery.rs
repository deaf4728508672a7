use std::time::Duration;

use seatkeeper_domain::{BatchState, Outcome};
use seatkeeper_engine::Selector;

use crate::stores::on_every_store;
use crate::world::read_to_end;

on_every_store! {
    async fn a_batch_of_a_server_that_never_drove_it_is_taken_up(world: World) {
        world.add_users(9).await;
        world.buy("suite", 9).await;
        // This server accepts, drains at once, and so leaves the batch to others.
        let dying = world.another_engine();
        let started =
            dying.start_batch(world.request(&["suite"], &[]), Selector::All).await.unwrap();
        dying.drain(Duration::from_secs(10)).await;
        let id = started.batch.id;
        let stream = world.engine.follow_batch(&world.customer, &id, 0).await.unwrap();
        let (told, batch) = read_to_end(stream).await;
        assert_eq!(batch.state, BatchState::Succeeded);
        assert!(told.iter().all(|told| told.products[0].1 == Outcome::Assigned));
        assert_eq!(told.len(), 9);
    }

    async fn two_servers_over_one_store_never_oversell(world: World) {
        world.add_users(40).await;
        world.buy("suite", 25).await;
        let other = world.another_engine();
        let first = world.start(world.request(&["suite"], &[]), Selector::All);
        let second = other.start_batch(world.request(&["suite"], &[]), Selector::All);
        let (first, second) = futures::future::try_join(first, second).await.unwrap();
        let first = world.engine.follow_started(&world.customer, first).await.unwrap();
        let second = other.follow_started(&world.customer, second).await.unwrap();
        let (first, second) = futures::future::join(read_to_end(first), read_to_end(second)).await;
        assert_eq!(first.1.counts.assigned + second.1.counts.assigned, 25);
        assert_eq!(world.entitlement("suite").await.entitlement.assigned, 25);
    }
}
