use seatkeeper_domain::{
    BatchMode, Outcome, Principal, ShortagePolicy, UserId, UserState, ViolationType,
};
use seatkeeper_engine::{
    Batch, BatchSource, CallerId, EngineError, EngineResult, RetryFailedBatch, RevertBatch,
    Selector, StartedBatch,
};

use crate::fixture::{CHUNK, Fixture, ReceivedResult, outcomes, read_to_end, request_id, users};
use crate::stores::on_every_store;

fn retry_of(fixture: &Fixture, batch: &Batch) -> RetryFailedBatch {
    RetryFailedBatch {
        customer: fixture.customer.clone(),
        batch: batch.id.clone(),
        violations: Vec::new(),
        shortage: None,
        request_id: None,
        principal: Principal::new("retrier"),
        caller: CallerId::new("test"),
    }
}

async fn ended(
    fixture: &Fixture,
    started: EngineResult<StartedBatch>,
) -> (Vec<ReceivedResult>, Batch) {
    let stream = fixture
        .engine
        .follow_started(&fixture.customer, started.unwrap())
        .await
        .unwrap();
    read_to_end(stream).await
}

async fn retry(fixture: &Fixture, retry: RetryFailedBatch) -> (Vec<ReceivedResult>, Batch) {
    let started = fixture.engine.retry_failed_batch(retry).await;
    ended(fixture, started).await
}

/// An ended batch over more users than a chunk, in the caller's order. Two of its users got a seat.
async fn short(fixture: &Fixture) -> Batch {
    fixture.add_users(CHUNK + 2).await;
    fixture.buy("suite", 2).await;
    let order = users(&["u6", "ghost", "u5", "u4", "u3", "u2", "u1"]);
    fixture.assign("suite", order).await.1
}

on_every_store! {
    async fn failed_users_are_tried_again_in_their_order(fixture: Fixture) {
        let batch = short(&fixture).await;
        fixture.buy("suite", 2).await;
        let (results, retried) = retry(&fixture, retry_of(&fixture, &batch)).await;
        let expected = [
            ("ghost", Outcome::Failed),
            ("u4", Outcome::Assigned),
            ("u3", Outcome::Assigned),
            ("u2", Outcome::Failed),
            ("u1", Outcome::Failed),
        ];
        assert_eq!(outcomes(&results), expected);
        let indexes: Vec<_> = results.iter().map(|result| result.index).collect();
        assert_eq!(indexes, [1, 3, 4, 5, 6].map(Some));
        let source = BatchSource::Failed { batch: batch.to_ref(), violations: Vec::new() };
        assert_eq!(retried.spec.source, source);
        assert_eq!(retried.spec.task, batch.spec.task);
        assert_eq!(retried.spec.principal, Principal::new("retrier"));
    }

    async fn only_failures_of_the_kinds_asked_for_are_tried_again(fixture: Fixture) {
        let batch = short(&fixture).await;
        let request = RetryFailedBatch {
            violations: vec![ViolationType::UserNotFound],
            ..retry_of(&fixture, &batch)
        };
        let (results, _) = retry(&fixture, request).await;
        assert_eq!(outcomes(&results), [("ghost", Outcome::Failed)]);
    }

    async fn a_user_added_since_is_found(fixture: Fixture) {
        let batch = short(&fixture).await;
        fixture.add(vec![("ghost", "CH", UserState::Active)]).await;
        fixture.buy("suite", 1).await;
        let (results, _) = retry(&fixture, retry_of(&fixture, &batch)).await;
        assert_eq!(outcomes(&results)[0], ("ghost", Outcome::Assigned));
    }

    async fn a_retry_can_be_tried_again(fixture: Fixture) {
        let batch = short(&fixture).await;
        let (_, second) = retry(&fixture, retry_of(&fixture, &batch)).await;
        fixture.buy("suite", 9).await;
        let (results, _) = retry(&fixture, retry_of(&fixture, &second)).await;
        assert_eq!(results.len(), 5);
        assert_eq!(fixture.holdings().await.len(), CHUNK + 2);
    }

    async fn the_policy_may_be_another(fixture: Fixture) {
        let batch = short(&fixture).await;
        let request = RetryFailedBatch {
            shortage: Some(ShortagePolicy::RequireAll),
            ..retry_of(&fixture, &batch)
        };
        let refused = fixture.engine.retry_failed_batch(request).await;
        let Err(EngineError::SeatsShort(short)) = refused else {
            panic!("it was not rejected for missing seats");
        };
        assert_eq!((short[0].needed, short[0].available), (4, 0));
    }

    async fn a_retry_without_failed_users_is_refused(fixture: Fixture) {
        let batch = short(&fixture).await;
        let request = RetryFailedBatch {
            violations: vec![ViolationType::UserBlocked],
            ..retry_of(&fixture, &batch)
        };
        let refused = fixture.engine.retry_failed_batch(request).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::NothingToRetry { .. })), "{refused:?}");
        fixture.buy("suite", 9).await;
        let (_, all_well) = fixture.assign("suite", Selector::All).await;
        let refused = fixture.engine.retry_failed_batch(retry_of(&fixture, &all_well)).await;
        let refused = refused.map(|_| ());
        assert!(matches!(refused, Err(EngineError::NothingToRetry { .. })), "{refused:?}");
        let page = fixture.engine.list_batches(&fixture.customer, None, 10).await.unwrap();
        assert_eq!(page.total, 2);
    }

    async fn the_same_request_joins_the_batch_it_made(fixture: Fixture) {
        let batch = short(&fixture).await;
        let request = RetryFailedBatch {
            request_id: Some(request_id("again")),
            ..retry_of(&fixture, &batch)
        };
        let first = fixture.engine.retry_failed_batch(request.clone()).await.unwrap();
        let second = fixture.engine.retry_failed_batch(request.clone()).await.unwrap();
        assert_eq!(second.batch.key, first.batch.key);
        assert!(second.joined);
        let other = RetryFailedBatch {
            shortage: Some(ShortagePolicy::RequireAll),
            ..request
        };
        let refused = fixture.engine.retry_failed_batch(other).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::RequestIdReused { .. })), "{refused:?}");
    }

    async fn a_batch_that_has_not_ended_is_neither_retried_nor_reverted(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        let request = fixture.request(&["suite"], &[]);
        let names = vec![UserId::parse("u1").unwrap()];
        let (started, user_stream) = fixture.engine.start_user_stream(request, names).await.unwrap();
        let refused = fixture.engine.retry_failed_batch(retry_of(&fixture, &started.batch)).await;
        let refused = refused.map(|_| ());
        assert!(matches!(refused, Err(EngineError::BatchUnfinished { .. })), "{refused:?}");
        let revert = RevertBatch {
            customer: fixture.customer.clone(),
            batch: started.batch.id.clone(),
            mode: BatchMode::PerUser,
            request_id: None,
            principal: Principal::local(),
            caller: CallerId::new("test"),
        };
        let refused = fixture.engine.revert_batch(revert).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::BatchUnfinished { .. })), "{refused:?}");
        user_stream.unwrap().finish().await.unwrap();
    }
}
