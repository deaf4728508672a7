use seatkeeper_domain::{BatchMode, BatchState, ShortagePolicy, UserId};
use seatkeeper_engine::{DeferredUserStreamStart, EngineError};

use crate::fixture::read_to_end;
use crate::stores::on_every_store;

fn ids(range: std::ops::RangeInclusive<usize>) -> Vec<UserId> {
    range
        .map(|number| UserId::parse(&format!("u{number}")).unwrap())
        .collect()
}

on_every_store! {
    async fn users_streamed_in_are_processed_in_the_order_they_came(fixture: Fixture) {
        fixture.add_users(20).await;
        fixture.buy("suite", 20).await;
        let request = fixture.request(&["suite"], &[]);
        let (started, user_stream) = fixture.engine.start_user_stream(request, ids(11..=20)).await.unwrap();
        let mut user_stream = user_stream.unwrap();
        user_stream.push(&ids(1..=3)).await.unwrap();
        user_stream.flush().await.unwrap();
        user_stream.push(&ids(1..=10)).await.unwrap();
        user_stream.finish().await.unwrap();
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        let (results, batch) = read_to_end(stream).await;
        let seen = results.iter().map(|result| result.user.clone()).collect::<Vec<_>>();
        let expected = ids(11..=20).into_iter().chain(ids(1..=10));
        let expected = expected.map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(seen, expected);
        assert_eq!((batch.duplicate_count, batch.user_stream_interrupted), (3, false));
        assert_eq!(results[13].index, Some(16), "indexes count every user sent, repeated ones too");
    }

    async fn a_caller_who_vanishes_leaves_a_batch_of_the_users_it_sent(fixture: Fixture) {
        fixture.add_users(6).await;
        fixture.buy("suite", 6).await;
        let request = fixture.request(&["suite"], &[]);
        let (started, user_stream) = fixture.engine.start_user_stream(request, ids(1..=4)).await.unwrap();
        let mut user_stream = user_stream.unwrap();
        user_stream.push(&ids(5..=6)).await.unwrap();
        drop(user_stream);
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        let (results, batch) = read_to_end(stream).await;
        assert_eq!((results.len(), batch.user_stream_interrupted), (6, true));
        assert_eq!(batch.state, BatchState::Succeeded);
    }

    async fn more_users_than_a_batch_may_have_are_refused_and_those_before_stay(fixture: Fixture) {
        fixture.add_users(101).await;
        fixture.buy("suite", 200).await;
        let request = fixture.request(&["suite"], &[]);
        let (started, user_stream) = fixture.engine.start_user_stream(request, ids(1..=99)).await.unwrap();
        let mut user_stream = user_stream.unwrap();
        let error = user_stream.push(&ids(100..=101)).await.unwrap_err();
        assert!(matches!(error, EngineError::Limit { given: 101, max: 100, .. }), "{error}");
        user_stream.finish().await.unwrap();
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        assert_eq!(read_to_end(stream).await.0.len(), 99);
    }

    async fn a_batch_that_needs_all_users_first_starts_when_they_are_there(fixture: Fixture) {
        fixture.add_users(12).await;
        fixture.buy("suite", 11).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let DeferredUserStreamStart::Open(mut user_stream) =
            fixture.engine.start_deferred_user_stream(request).await.unwrap()
        else {
            panic!("expected a new batch")
        };
        user_stream.push(&ids(1..=9)).await.unwrap();
        user_stream.push(&ids(8..=11)).await.unwrap();
        let started = user_stream.finish().await.unwrap();
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        let (results, batch) = read_to_end(stream).await;
        assert_eq!((results.len(), batch.duplicate_count), (11, 2));
        assert_eq!(batch.counts.assigned, 11);
    }

    async fn a_collection_that_runs_short_is_refused_and_leaves_nothing(fixture: Fixture) {
        fixture.add_users(12).await;
        fixture.buy("suite", 11).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let DeferredUserStreamStart::Open(mut user_stream) =
            fixture.engine.start_deferred_user_stream(request).await.unwrap()
        else {
            panic!("expected a new batch")
        };
        user_stream.push(&ids(1..=12)).await.unwrap();
        let refused = user_stream.finish().await;
        assert!(matches!(refused, Err(EngineError::SeatsShort(_))));
        assert_eq!(fixture.entitlement("suite").await.entitlement.reserved, 0);
    }

    async fn all_or_nothing_cannot_begin_before_all_users_are_known(fixture: Fixture) {
        fixture.add_users(1).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let refused = fixture.engine.start_user_stream(request, ids(1..=1)).await;
        assert!(matches!(refused, Err(EngineError::Invalid(_))));
    }
}
