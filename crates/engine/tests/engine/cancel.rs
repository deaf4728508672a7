use seatkeeper_domain::{Actor, BatchState, ViolationType};
use seatkeeper_engine::{EngineError, Selector};

use crate::stores::on_every_store;
use crate::world::{read_to_end, users};

on_every_store! {
    async fn a_cancelled_batch_reports_the_rest_as_cancelled(world: World) {
        world.add_users(2).await;
        world.buy("suite", 90).await;
        let first = vec![seatkeeper_domain::UserId::parse("u1").unwrap()];
        let (started, intake) =
            world.engine.start_intake(world.request(&["suite"], &[]), first).await.unwrap();
        let id = started.batch.id.clone();
        let mut stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        stream.next().await.unwrap();
        stream.next().await.unwrap();
        world.engine.cancel_batch(&world.customer, &id, Actor::local()).await.unwrap();
        intake.unwrap().finish().await.unwrap();
        while stream.next().await.unwrap().is_some() {}
        let (_, batch) = world.engine.batch(&world.customer, &id).await.unwrap();
        assert_eq!(batch.state, BatchState::Cancelled);
        assert_eq!(world.holdings().await, ["u1:suite"]);
    }

    async fn a_batch_cancelled_before_its_first_chunk_does_nothing(world: World) {
        world.add_users(9).await;
        world.buy("suite", 9).await;
        // A server that drains drives nothing, so that the cancellation surely comes first.
        let quiet = world.another_engine();
        let started =
            quiet.start_batch(world.request(&["suite"], &[]), Selector::All).await.unwrap();
        let id = started.batch.id;
        let cancelled = world.engine.cancel_batch(&world.customer, &id, Actor::local()).await;
        let stream = world.engine.follow_batch(&world.customer, &id, 0).await.unwrap();
        let (told, batch) = read_to_end(stream).await;
        assert_eq!(told.len(), 9, "everyone has a result");
        if cancelled.is_ok() {
            let cut = told.iter().filter(|told| told.products[0].2 == [ViolationType::Cancelled]);
            let assigned = usize::try_from(batch.counts.assigned).unwrap();
            assert_eq!(cut.count() + assigned, 9);
        }
    }

    async fn an_ended_batch_cannot_be_cancelled(world: World) {
        world.add_users(1).await;
        world.buy("suite", 1).await;
        let (_, batch) = world.assign("suite", users(&["u1"])).await;
        let error = world.engine.cancel_batch(&world.customer, &batch.id, Actor::local()).await;
        assert!(matches!(error, Err(EngineError::BatchEnded { .. })));
    }
}
