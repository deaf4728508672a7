use std::time::Duration;

use seatkeeper_proto::v1::ErrorReason;
use seatkeeper_tests::{
    Database, OpenBatch, Own, Refusal, Server, Storage, Transcript, on_each_database, refusal,
};
use tonic::Code;

/// Far less than what a server has that nobody told otherwise: it needs no more.
const PROMPTLY: Duration = Duration::from_secs(10);

/// What the caller of an open batch is told by a server that is asked to end.
async fn drained(own: &Own) -> (Transcript, Refusal) {
    own.scene.add_users(3).await;
    own.scene.buy("suite", 3).await;
    let open = OpenBatch::begin(&own.scene, &["u1", "u2"]).await.unwrap();
    own.server.terminate();
    let (told, status) = open.to_failure().await;
    (told, refusal(&status))
}

async fn a_stream_ends_with_a_resume_point(own: Own) {
    let (_, refusal) = drained(&own).await;
    refusal
        .is(Code::Unavailable, ErrorReason::ServerDraining)
        .with("resume_sequence_number", "2");
}

async fn a_stream_ends_with_the_time_to_come_back(own: Own) {
    let (_, refusal) = drained(&own).await;
    let retry = refusal.details.retry_info().unwrap();
    assert!(retry.retry_delay.is_some());
}

async fn the_server_ends_in_good_order(mut own: Own) {
    drained(&own).await;
    let status = own
        .server
        .exit_within(PROMPTLY)
        .await
        .expect("the server ends");
    assert!(status.success(), "{status}");
}

async fn a_connection_that_is_idle_does_not_hold_the_server_up(mut own: Own) {
    own.server.terminate();
    let status = own
        .server
        .exit_within(PROMPTLY)
        .await
        .expect("the server ends");
    assert!(status.success(), "{status}");
}

/// A caller who says nothing at all, not even that it is still there.
async fn a_caller_who_is_silent_holds_the_server_up_no_longer_than_it_has(database: Database) {
    let storage = Storage::create(database);
    let mut server = Server::start_with(storage, &["--drain-seconds", "1"]);
    let address = server.url().trim_start_matches("http://");
    let _silent = std::net::TcpStream::connect(address).unwrap();
    server.terminate();
    let status = server.exit_within(PROMPTLY).await.expect("the server ends");
    assert!(status.success(), "{status}");
}

async fn the_batch_goes_on_at_the_next_server(mut own: Own) {
    let (told, _) = drained(&own).await;
    own.server
        .exit_within(PROMPTLY)
        .await
        .expect("the server ends");
    own.start_again().await;
    let reading = own
        .scene
        .follow(&told.batch(), told.resume_sequence_number)
        .await;
    let rest = reading.unwrap().to_end().await;
    assert!(rest.finished.unwrap().batch.unwrap().intake_interrupted);
}

on_each_database! {
    a_stream_ends_with_a_resume_point,
    a_stream_ends_with_the_time_to_come_back,
    the_server_ends_in_good_order,
    a_connection_that_is_idle_does_not_hold_the_server_up,
    a_caller_who_is_silent_holds_the_server_up_no_longer_than_it_has,
    the_batch_goes_on_at_the_next_server,
}
