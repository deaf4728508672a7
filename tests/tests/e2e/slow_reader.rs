use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, batch};
use seatkeeper_tests::{Connection, Scene, assign, everyone, on_each_database};

const USERS: usize = 30_000;

async fn a_reader_who_does_not_read_holds_up_nobody(scene: Scene) {
    scene.add_users(USERS).await;
    scene.buy("suite", 30_000).await;
    let lazy = Scene {
        connection: Connection::open_narrow(&scene.url).await,
        ..scene.clone()
    };
    let request = BatchUpdateLicensesRequest {
        include_licenses: true,
        ..lazy.request(assign(&["suite"]), everyone())
    };
    let mut reading = lazy.start(request).await.unwrap();
    reading.next().await.unwrap();
    let ended = scene.ended_batch(&reading.so_far().batch()).await;
    assert_eq!(ended.state(), batch::State::Succeeded);
    assert_eq!(reading.so_far().results.len(), 0);
    assert_eq!(reading.to_end().await.results.len(), USERS);
}

on_each_database! {
    a_reader_who_does_not_read_holds_up_nobody,
}
