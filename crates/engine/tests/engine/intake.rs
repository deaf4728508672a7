use seatkeeper_domain::{BatchMode, BatchState, ShortagePolicy, UserId};
use seatkeeper_engine::{Collecting, EngineError};

use crate::stores::on_every_store;
use crate::world::read_to_end;

fn ids(range: std::ops::RangeInclusive<usize>) -> Vec<UserId> {
    range
        .map(|number| UserId::parse(&format!("u{number}")).unwrap())
        .collect()
}

on_every_store! {
    async fn users_streamed_in_are_processed_in_the_order_they_came(world: World) {
        world.add_users(20).await;
        world.buy("suite", 20).await;
        let request = world.request(&["suite"], &[]);
        let (started, intake) = world.engine.start_intake(request, ids(11..=20)).await.unwrap();
        let mut intake = intake.unwrap();
        intake.push(&ids(1..=3)).await.unwrap();
        intake.flush().await.unwrap();
        intake.push(&ids(1..=10)).await.unwrap();
        intake.finish().await.unwrap();
        let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        let (told, batch) = read_to_end(stream).await;
        let seen = told.iter().map(|told| told.user.clone()).collect::<Vec<_>>();
        let expected = ids(11..=20).into_iter().chain(ids(1..=10));
        let expected = expected.map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(seen, expected);
        assert_eq!((batch.duplicate_count, batch.intake_interrupted), (3, false));
        assert_eq!(told[13].index, Some(16), "indexes count every user sent, repeated ones too");
    }

    async fn a_caller_who_vanishes_leaves_a_batch_of_the_users_it_sent(world: World) {
        world.add_users(6).await;
        world.buy("suite", 6).await;
        let request = world.request(&["suite"], &[]);
        let (started, intake) = world.engine.start_intake(request, ids(1..=4)).await.unwrap();
        let mut intake = intake.unwrap();
        intake.push(&ids(5..=6)).await.unwrap();
        drop(intake);
        let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        let (told, batch) = read_to_end(stream).await;
        assert_eq!((told.len(), batch.intake_interrupted), (6, true));
        assert_eq!(batch.state, BatchState::Succeeded);
    }

    async fn more_users_than_a_batch_may_have_are_refused_and_those_before_stay(world: World) {
        world.add_users(101).await;
        world.buy("suite", 200).await;
        let request = world.request(&["suite"], &[]);
        let (started, intake) = world.engine.start_intake(request, ids(1..=99)).await.unwrap();
        let mut intake = intake.unwrap();
        let error = intake.push(&ids(100..=101)).await.unwrap_err();
        assert!(matches!(error, EngineError::Limit { given: 101, max: 100, .. }), "{error}");
        intake.finish().await.unwrap();
        let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        assert_eq!(read_to_end(stream).await.0.len(), 99);
    }

    async fn a_batch_that_needs_all_users_first_starts_when_they_are_there(world: World) {
        world.add_users(12).await;
        world.buy("suite", 11).await;
        let mut request = world.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let Collecting::Open(mut collection) =
            world.engine.collect_users(request).await.unwrap()
        else {
            panic!("there is no batch to join")
        };
        collection.push(&ids(1..=9)).await.unwrap();
        collection.push(&ids(8..=11)).await.unwrap();
        let started = collection.finish().await.unwrap();
        let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        let (told, batch) = read_to_end(stream).await;
        assert_eq!((told.len(), batch.duplicate_count), (11, 2));
        assert_eq!(batch.counts.assigned, 11);
    }

    async fn a_collection_that_runs_short_is_refused_and_leaves_nothing(world: World) {
        world.add_users(12).await;
        world.buy("suite", 11).await;
        let mut request = world.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let Collecting::Open(mut collection) =
            world.engine.collect_users(request).await.unwrap()
        else {
            panic!("there is no batch to join")
        };
        collection.push(&ids(1..=12)).await.unwrap();
        let refused = collection.finish().await;
        assert!(matches!(refused, Err(EngineError::SeatsShort(_))));
        assert_eq!(world.entitlement("suite").await.entitlement.reserved, 0);
    }

    async fn all_or_nothing_cannot_begin_before_all_users_are_known(world: World) {
        world.add_users(1).await;
        let mut request = world.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let refused = world.engine.start_intake(request, ids(1..=1)).await;
        assert!(matches!(refused, Err(EngineError::Invalid(_))));
    }
}
