use seatkeeper_engine::{EngineError, Selector};

use crate::stores::on_every_store;
use crate::world::{read_to_end, request_id, users};

on_every_store! {
    async fn the_same_request_joins_its_batch_from_the_first_result(world: World) {
        world.add_users(9).await;
        world.buy("suite", 5).await;
        let mut request = world.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        let (first, batch) = world.run(request.clone(), Selector::All).await;
        let again = world.start(request, Selector::All).await.unwrap();
        assert!(again.joined);
        assert_eq!(again.batch.id, batch.id);
        let stream = world.engine.follow_started(&world.customer, again).await.unwrap();
        assert_eq!(read_to_end(stream).await.0, first);
    }

    async fn the_same_request_sent_many_times_at_once_makes_one_batch(world: World) {
        world.add_users(9).await;
        world.buy("suite", 9).await;
        let mut request = world.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        let calls = (0..8).map(|_| world.start(request.clone(), Selector::All));
        let started = futures::future::try_join_all(calls).await.unwrap();
        assert_eq!(started.iter().filter(|started| !started.joined).count(), 1);
        assert!(started.iter().all(|other| other.batch.id == started[0].batch.id));
        let batches = world.engine.list_batches(&world.customer, None, 10).await.unwrap();
        assert_eq!(batches.total, 1);
    }

    async fn another_request_under_the_same_id_is_refused(world: World) {
        world.add_users(2).await;
        world.buy("suite", 9).await;
        let mut request = world.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        world.run(request.clone(), Selector::All).await;
        let error = world.start(request, users(&["u1"])).await.unwrap_err();
        assert!(matches!(error, EngineError::RequestIdReused { .. }), "{error}");
    }
}
