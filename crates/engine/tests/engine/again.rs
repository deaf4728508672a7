use seatkeeper_domain::{
    Actor, BatchMode, Outcome, ShortagePolicy, UserId, UserState, ViolationType,
};
use seatkeeper_engine::{
    Batch, BatchSource, CallerId, EngineError, EngineResult, RetryFailedBatch, RevertBatch,
    Selector, StartedBatch,
};

use crate::stores::on_every_store;
use crate::world::{CHUNK, Told, World, outcomes, read_to_end, request_id, users};

fn retry_of(world: &World, batch: &Batch) -> RetryFailedBatch {
    RetryFailedBatch {
        customer: world.customer.clone(),
        batch: batch.id.clone(),
        violations: Vec::new(),
        shortage: None,
        request_id: None,
        actor: Actor::new("retrier"),
        caller: CallerId::new("test"),
    }
}

async fn ended(world: &World, started: EngineResult<StartedBatch>) -> (Vec<Told>, Batch) {
    let stream = world
        .engine
        .follow_started(&world.customer, started.unwrap())
        .await
        .unwrap();
    read_to_end(stream).await
}

async fn retry(world: &World, retry: RetryFailedBatch) -> (Vec<Told>, Batch) {
    let started = world.engine.retry_failed_batch(retry).await;
    ended(world, started).await
}

/// A batch over more users than a chunk, in an order of the caller's, of whom two get a seat.
async fn short(world: &World) -> Batch {
    world.add_users(CHUNK + 2).await;
    world.buy("suite", 2).await;
    let order = users(&["u6", "ghost", "u5", "u4", "u3", "u2", "u1"]);
    world.assign("suite", order).await.1
}

on_every_store! {
    async fn failed_users_are_tried_again_in_their_order(world: World) {
        let batch = short(&world).await;
        world.buy("suite", 2).await;
        let (told, retried) = retry(&world, retry_of(&world, &batch)).await;
        let expected = [
            ("ghost", Outcome::Failed),
            ("u4", Outcome::Assigned),
            ("u3", Outcome::Assigned),
            ("u2", Outcome::Failed),
            ("u1", Outcome::Failed),
        ];
        assert_eq!(outcomes(&told), expected);
        let indexes: Vec<_> = told.iter().map(|told| told.index).collect();
        assert_eq!(indexes, [1, 3, 4, 5, 6].map(Some));
        let source = BatchSource::Failed { batch: batch.to_ref(), violations: Vec::new() };
        assert_eq!(retried.spec.source, source);
        assert_eq!(retried.spec.task, batch.spec.task);
        assert_eq!(retried.spec.actor, Actor::new("retrier"));
    }

    async fn only_failures_of_the_kinds_asked_for_are_tried_again(world: World) {
        let batch = short(&world).await;
        let request = RetryFailedBatch {
            violations: vec![ViolationType::UserNotFound],
            ..retry_of(&world, &batch)
        };
        let (told, _) = retry(&world, request).await;
        assert_eq!(outcomes(&told), [("ghost", Outcome::Failed)]);
    }

    async fn a_user_added_since_is_found(world: World) {
        let batch = short(&world).await;
        world.add(vec![("ghost", "CH", UserState::Active)]).await;
        world.buy("suite", 1).await;
        let (told, _) = retry(&world, retry_of(&world, &batch)).await;
        assert_eq!(outcomes(&told)[0], ("ghost", Outcome::Assigned));
    }

    async fn a_retry_can_be_tried_again(world: World) {
        let batch = short(&world).await;
        let (_, second) = retry(&world, retry_of(&world, &batch)).await;
        world.buy("suite", 9).await;
        let (told, _) = retry(&world, retry_of(&world, &second)).await;
        assert_eq!(told.len(), 5);
        assert_eq!(world.holdings().await.len(), CHUNK + 2);
    }

    async fn the_policy_may_be_another(world: World) {
        let batch = short(&world).await;
        let request = RetryFailedBatch {
            shortage: Some(ShortagePolicy::RequireAll),
            ..retry_of(&world, &batch)
        };
        let refused = world.engine.retry_failed_batch(request).await;
        let Err(EngineError::SeatsShort(short)) = refused else {
            panic!("it was not refused for its seats");
        };
        assert_eq!((short[0].needed, short[0].available), (4, 0));
    }

    async fn nobody_to_try_again_is_told(world: World) {
        let batch = short(&world).await;
        let request = RetryFailedBatch {
            violations: vec![ViolationType::UserBlocked],
            ..retry_of(&world, &batch)
        };
        let refused = world.engine.retry_failed_batch(request).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::NothingToRetry { .. })), "{refused:?}");
        world.buy("suite", 9).await;
        let (_, all_well) = world.assign("suite", Selector::All).await;
        let refused = world.engine.retry_failed_batch(retry_of(&world, &all_well)).await;
        let refused = refused.map(|_| ());
        assert!(matches!(refused, Err(EngineError::NothingToRetry { .. })), "{refused:?}");
        let page = world.engine.list_batches(&world.customer, None, 10).await.unwrap();
        assert_eq!(page.total, 2);
    }

    async fn the_same_request_joins_the_batch_it_made(world: World) {
        let batch = short(&world).await;
        let request = RetryFailedBatch {
            request_id: Some(request_id("again")),
            ..retry_of(&world, &batch)
        };
        let first = world.engine.retry_failed_batch(request.clone()).await.unwrap();
        let second = world.engine.retry_failed_batch(request.clone()).await.unwrap();
        assert_eq!(second.batch.key, first.batch.key);
        assert!(second.joined);
        let other = RetryFailedBatch {
            shortage: Some(ShortagePolicy::RequireAll),
            ..request
        };
        let refused = world.engine.retry_failed_batch(other).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::RequestIdReused { .. })), "{refused:?}");
    }

    async fn a_batch_that_has_not_ended_is_neither_retried_nor_reverted(world: World) {
        world.add_users(1).await;
        world.buy("suite", 1).await;
        let request = world.request(&["suite"], &[]);
        let names = vec![UserId::parse("u1").unwrap()];
        let (started, intake) = world.engine.start_intake(request, names).await.unwrap();
        let refused = world.engine.retry_failed_batch(retry_of(&world, &started.batch)).await;
        let refused = refused.map(|_| ());
        assert!(matches!(refused, Err(EngineError::BatchUnfinished { .. })), "{refused:?}");
        let revert = RevertBatch {
            customer: world.customer.clone(),
            batch: started.batch.id.clone(),
            mode: BatchMode::PerUser,
            request_id: None,
            actor: Actor::local(),
            caller: CallerId::new("test"),
        };
        let refused = world.engine.revert_batch(revert).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::BatchUnfinished { .. })), "{refused:?}");
        intake.unwrap().finish().await.unwrap();
    }
}
