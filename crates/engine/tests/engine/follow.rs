use std::time::Duration;

use seatkeeper_domain::UserId;
use seatkeeper_engine::{BatchEvent, Limits, Selector};

use crate::fixture::{Fixture, limits, read_to_end};
use crate::stores::on_every_store;

on_every_store! {
    async fn a_stream_resumes_from_any_point(fixture: Fixture) {
        fixture.add_users(11).await;
        fixture.buy("suite", 6).await;
        let (all, batch) = fixture.assign("suite", Selector::All).await;
        for after in 0..=11 {
            let stream = fixture.engine.follow_batch(&fixture.customer, &batch.id, after).await;
            let (rest, _) = read_to_end(stream.unwrap()).await;
            assert_eq!(rest, all[usize::try_from(after).unwrap()..], "after {after}");
        }
    }

    async fn another_server_streams_the_same_results(fixture: Fixture) {
        fixture.add_users(11).await;
        fixture.buy("suite", 11).await;
        let (all, batch) = fixture.assign("suite", Selector::All).await;
        let other = fixture.another_engine();
        let stream = other.follow_batch(&fixture.customer, &batch.id, 0).await.unwrap();
        assert_eq!(read_to_end(stream).await.0, all);
    }

    async fn a_batch_continues_without_followers(fixture: Fixture) {
        fixture.add_users(11).await;
        fixture.buy("suite", 11).await;
        let started = fixture.start(fixture.request(&["suite"], &[]), Selector::All).await.unwrap();
        drop(fixture.engine.follow_started(&fixture.customer, started).await.unwrap());
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while fixture.holdings().await.len() < 11 {
            assert!(tokio::time::Instant::now() < deadline, "the batch made no progress");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn a_drained_server_ends_streams_with_their_resume_point(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 5).await;
        let (_, batch) = fixture.assign("suite", Selector::All).await;
        let mut stream =
            fixture.engine.follow_batch(&fixture.customer, &batch.id, 0).await.unwrap();
        assert!(matches!(stream.next().await, Ok(Some(BatchEvent::Started(_)))));
        assert!(matches!(stream.next().await, Ok(Some(BatchEvent::Results { .. }))));
        assert!(fixture.engine.drain(Duration::from_secs(10)).await);
        assert!(stream.next().await.is_err());
        assert_eq!(stream.resume_point(), 4);
    }
}

/// The other server never polls; both share a PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_on_another_server_is_woken_by_a_notification() {
    const NEVER: Duration = Duration::from_hours(24);

    let fixture = Fixture::new(crate::stores::postgres().await).await;
    fixture.add_users(60).await;
    fixture.buy("suite", 60).await;
    let limits = Limits {
        follow_interval: NEVER,
        progress_interval: NEVER,
        ..limits()
    };
    let other = fixture.another_engine_with(limits);
    other.start();
    let users = (1..=60).map(|number| UserId::parse(&format!("u{number}")).unwrap());
    let mut users = users.collect::<Vec<_>>().into_iter();
    let first = users.by_ref().take(1).collect();
    let started = fixture
        .engine
        .start_user_stream(fixture.request(&["suite"], &[]), first)
        .await;
    let (started, user_stream) = started.unwrap();
    let stream = other
        .follow_batch(&fixture.customer, &started.batch.id, 0)
        .await
        .unwrap();
    let reading = tokio::spawn(read_to_end(stream));
    let mut user_stream = user_stream.unwrap();
    // The first notification after the other server has subscribed wakes it.
    for user in users {
        user_stream.push(&[user]).await.unwrap();
        user_stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    user_stream.finish().await.unwrap();
    let read = tokio::time::timeout(Duration::from_secs(30), reading).await;
    assert_eq!(read.expect("must be woken").unwrap().0.len(), 60);
}

/// One poll of the database serves all followers, even if there are many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_followers_cost_no_statements_of_their_own() {
    /// The statements of the progress polls, and of two servers that look for work ten times a
    /// second. Less than one for each follower.
    const STATEMENTS_PER_SECOND_MAX: u64 = 150;
    /// They have read all results of a batch that another server runs.
    const FOLLOWERS: usize = 200;

    let store = crate::stores::postgres().await;
    let sql = store.sql.clone().unwrap();
    let fixture = Fixture::new(store).await;
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    let first = vec![UserId::parse("u1").unwrap()];
    let request = fixture.request(&["suite"], &[]);
    let (started, user_stream) = fixture
        .engine
        .start_user_stream(request, first)
        .await
        .unwrap();
    let other = fixture.another_engine_with(Limits {
        follow_interval: Duration::from_millis(250),
        progress_interval: Duration::from_secs(1),
        ..limits()
    });
    other.start();
    let mut beginning = tokio::task::JoinSet::new();
    for _ in 0..FOLLOWERS {
        let id = &started.batch.id;
        let mut stream = other.follow_batch(&fixture.customer, id, 0).await.unwrap();
        beginning.spawn(async move {
            // The stream has started and returned its result; only progress events follow.
            while !matches!(stream.next().await, Ok(Some(BatchEvent::Progress { .. }))) {}
            stream
        });
    }
    let followers = beginning.join_all().await;
    let begun = tokio::time::Instant::now();
    let before = sql.statement_count();
    let mut reading = tokio::task::JoinSet::new();
    for mut stream in followers {
        reading.spawn(async move {
            for _ in 0..3 {
                let event = stream.next().await;
                assert!(matches!(
                    event,
                    Ok(Some(BatchEvent::Progress { processed: 1, .. }))
                ));
            }
        });
    }
    reading.join_all().await;
    let statements = sql.statement_count() - before;
    let most = STATEMENTS_PER_SECOND_MAX * (begun.elapsed().as_secs() + 1);
    assert!(statements <= most, "{statements} statements");
    drop(user_stream);
}
