use std::time::Duration;

use seatkeeper_engine::{BatchEvent, Selector};

use crate::stores::on_every_store;
use crate::world::read_to_end;

on_every_store! {
    async fn a_stream_resumes_from_any_point(world: World) {
        world.add_users(11).await;
        world.buy("suite", 6).await;
        let (all, batch) = world.assign("suite", Selector::All).await;
        for after in 0..=11 {
            let stream = world.engine.follow_batch(&world.customer, &batch.id, after).await;
            let (rest, _) = read_to_end(stream.unwrap()).await;
            assert_eq!(rest, all[usize::try_from(after).unwrap()..], "after {after}");
        }
    }

    async fn another_server_streams_the_same_results(world: World) {
        world.add_users(11).await;
        world.buy("suite", 11).await;
        let (all, batch) = world.assign("suite", Selector::All).await;
        let other = world.another_engine();
        let stream = other.follow_batch(&world.customer, &batch.id, 0).await.unwrap();
        assert_eq!(read_to_end(stream).await.0, all);
    }

    async fn a_batch_goes_on_when_nobody_follows_it(world: World) {
        world.add_users(11).await;
        world.buy("suite", 11).await;
        let started = world.start(world.request(&["suite"], &[]), Selector::All).await.unwrap();
        drop(world.engine.follow_started(&world.customer, started).await.unwrap());
        let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
        while world.holdings().await.len() < 11 {
            assert!(tokio::time::Instant::now() < deadline, "the batch did not go on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn a_drained_server_ends_streams_with_their_resume_point(world: World) {
        world.add_users(5).await;
        world.buy("suite", 5).await;
        let (_, batch) = world.assign("suite", Selector::All).await;
        let mut stream =
            world.engine.follow_batch(&world.customer, &batch.id, 0).await.unwrap();
        assert!(matches!(stream.next().await, Ok(Some(BatchEvent::Started(_)))));
        assert!(matches!(stream.next().await, Ok(Some(BatchEvent::Results { .. }))));
        assert!(world.engine.drain(Duration::from_secs(10)).await);
        assert!(stream.next().await.is_err());
        assert_eq!(stream.resume_point(), 4);
    }
}
