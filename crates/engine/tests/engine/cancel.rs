use seatkeeper_domain::{BatchState, Principal, ViolationType};
use seatkeeper_engine::{EngineError, Selector};

use crate::fixture::{read_to_end, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn a_cancelled_batch_reports_the_rest_as_cancelled(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 90).await;
        let first = vec![seatkeeper_domain::UserId::parse("u1").unwrap()];
        let (started, user_stream) =
            fixture.engine.start_user_stream(fixture.request(&["suite"], &[]), first).await.unwrap();
        let id = started.batch.id.clone();
        let mut stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        stream.next().await.unwrap();
        stream.next().await.unwrap();
        fixture.engine.cancel_batch(&fixture.customer, &id, Principal::local()).await.unwrap();
        user_stream.unwrap().finish().await.unwrap();
        while stream.next().await.unwrap().is_some() {}
        let (_, batch) = fixture.engine.batch(&fixture.customer, &id).await.unwrap();
        assert_eq!(batch.state, BatchState::Cancelled);
        assert_eq!(fixture.holdings().await, ["u1:suite"]);
    }

    async fn a_batch_cancelled_before_its_first_chunk_does_nothing(fixture: Fixture) {
        fixture.add_users(9).await;
        fixture.buy("suite", 9).await;
        // A draining server runs no chunks, so the cancellation is certain to come first.
        let quiet = fixture.another_engine();
        let started =
            quiet.start_batch(fixture.request(&["suite"], &[]), Selector::All).await.unwrap();
        let id = started.batch.id;
        let cancelled = fixture.engine.cancel_batch(&fixture.customer, &id, Principal::local()).await;
        let stream = fixture.engine.follow_batch(&fixture.customer, &id, 0).await.unwrap();
        let (results, batch) = read_to_end(stream).await;
        assert_eq!(results.len(), 9, "every user has a result");
        if cancelled.is_ok() {
            let cut = results.iter().filter(|result| result.products[0].2 == [ViolationType::Cancelled]);
            let assigned = usize::try_from(batch.counts.assigned).unwrap();
            assert_eq!(cut.count() + assigned, 9);
        }
    }

    async fn an_ended_batch_cannot_be_cancelled(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        let (_, batch) = fixture.assign("suite", users(&["u1"])).await;
        let error = fixture.engine.cancel_batch(&fixture.customer, &batch.id, Principal::local()).await;
        assert!(matches!(error, Err(EngineError::BatchEnded { .. })));
    }
}
