use seatkeeper_engine::{EngineError, Selector};

use crate::fixture::{read_to_end, request_id, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn the_same_request_joins_its_batch_from_the_first_result(fixture: Fixture) {
        fixture.add_users(9).await;
        fixture.buy("suite", 5).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        let (first, batch) = fixture.run(request.clone(), Selector::All).await;
        let again = fixture.start(request, Selector::All).await.unwrap();
        assert!(again.joined);
        assert_eq!(again.batch.id, batch.id);
        let stream = fixture.engine.follow_started(&fixture.customer, again).await.unwrap();
        assert_eq!(read_to_end(stream).await.0, first);
    }

    async fn the_same_request_sent_many_times_at_once_makes_one_batch(fixture: Fixture) {
        fixture.add_users(9).await;
        fixture.buy("suite", 9).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        let calls = (0..8).map(|_| fixture.start(request.clone(), Selector::All));
        let started = futures::future::try_join_all(calls).await.unwrap();
        assert_eq!(started.iter().filter(|started| !started.joined).count(), 1);
        assert!(started.iter().all(|other| other.batch.id == started[0].batch.id));
        let batches = fixture.engine.list_batches(&fixture.customer, None, 10).await.unwrap();
        assert_eq!(batches.total, 1);
    }

    async fn another_request_under_the_same_id_is_refused(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 9).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.request_id = Some(request_id("once"));
        fixture.run(request.clone(), Selector::All).await;
        let error = fixture.start(request, users(&["u1"])).await.unwrap_err();
        assert!(matches!(error, EngineError::RequestIdReused { .. }), "{error}");
    }
}
