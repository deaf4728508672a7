use std::time::Duration;

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, BatchUpdateLicensesResponse, ErrorReason, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    Connection, Database, Fixture, OpenBatch, OwnServer, Reading, Refusal, Scratch, Server,
    Storage, Transcript, assign, everyone, on_each_database, refusal,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::Code;

/// Much less than the default drain timeout: an idle server needs no more.
const PROMPTLY: Duration = Duration::from_secs(10);
/// Slightly more than the default drain timeout.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(25);
/// Number of users in batches that run while the server drains.
const LOAD_USERS: usize = 20_000;
/// Number of single calls that are answered before the drain.
const CALLS_BEFORE_DRAIN: usize = 5;

/// The events and the error that the caller of an open batch receives from a draining server.
async fn drained(own: &OwnServer) -> (Transcript, Refusal) {
    own.fixture.add_users(3).await;
    own.fixture.buy("suite", 3).await;
    let open = OpenBatch::begin(&own.fixture, &["u1", "u2"]).await.unwrap();
    own.server.terminate();
    let (transcript, status) = open.to_failure().await;
    (transcript, refusal(&status))
}

async fn a_stream_ends_with_a_resume_point(own: OwnServer) {
    let (_, refusal) = drained(&own).await;
    refusal
        .is(Code::Unavailable, ErrorReason::ServerDraining)
        .with("resume_sequence_number", "2");
}

async fn a_stream_ends_with_the_time_to_come_back(own: OwnServer) {
    let (_, refusal) = drained(&own).await;
    let retry = refusal.details.retry_info().unwrap();
    assert!(retry.retry_delay.is_some());
}

async fn the_server_ends_in_good_order(mut own: OwnServer) {
    drained(&own).await;
    let status = own
        .server
        .exit_within(PROMPTLY)
        .await
        .expect("the server ends");
    assert!(status.success(), "{status}");
}

async fn a_connection_that_is_idle_does_not_hold_the_server_up(mut own: OwnServer) {
    own.server.terminate();
    let status = own
        .server
        .exit_within(PROMPTLY)
        .await
        .expect("the server ends");
    assert!(status.success(), "{status}");
}

/// The caller keeps a connection open and sends nothing, not even keepalives.
async fn a_caller_who_is_silent_holds_the_server_up_no_longer_than_it_has(database: Database) {
    let storage = Storage::create(database);
    let mut server = Server::start_with(storage, &["--drain-seconds", "1"]);
    let address = server.url().trim_start_matches("http://");
    let _silent = std::net::TcpStream::connect(address).unwrap();
    server.terminate();
    let status = server.exit_within(PROMPTLY).await.expect("the server ends");
    assert!(status.success(), "{status}");
}

async fn the_batch_goes_on_at_the_next_server(mut own: OwnServer) {
    let (transcript, _) = drained(&own).await;
    own.server
        .exit_within(PROMPTLY)
        .await
        .expect("the server ends");
    own.start_again().await;
    let reading = own
        .fixture
        .follow(&transcript.batch(), transcript.resume_sequence_number)
        .await;
    let rest = reading.unwrap().to_end().await;
    assert!(
        rest.finished
            .unwrap()
            .batch
            .unwrap()
            .user_stream_interrupted
    );
}

/// The server drains while batches and single calls run.
async fn batches_in_progress_are_not_lost(mut own: OwnServer) {
    own.fixture.add_users(LOAD_USERS).await;
    own.fixture.buy("suite", 100_000).await;
    own.fixture.buy("addon", 100_000).await;
    let mut readings = under_way(&own.fixture).await;
    // The last reader reads only after its server has exited.
    let lazy = readings.pop().unwrap();
    let reading = readings.into_iter().map(|it| tokio::spawn(it.to_break()));
    let reading = reading.collect::<Vec<_>>();
    let (answered, mut answers) = watch::channel(0);
    let calls = calls(&own.fixture, answered);
    let some = answers.wait_for(|&answers| answers >= CALLS_BEFORE_DRAIN);
    let some = tokio::time::timeout(PROMPTLY, some).await;
    some.expect("calls are answered").unwrap();
    own.server.terminate();
    let status = own.server.exit_within(DRAIN_TIMEOUT).await;
    let status = status.expect("the server ends");
    assert!(status.success(), "{status}");
    let answered = calls.await.unwrap();
    let mut broken_off = vec![lazy.to_break().await.0];
    for reading in reading {
        let (transcript, status) = reading.await.unwrap();
        // The stream may have ended before the drain.
        if let Some(status) = status {
            refusal(&status).is(Code::Unavailable, ErrorReason::ServerDraining);
        }
        broken_off.push(transcript);
    }
    own.start_again().await;
    for transcript in broken_off {
        let batch = transcript.batch();
        let reading = own
            .fixture
            .follow(&batch, transcript.resume_sequence_number);
        let rest = reading.await.unwrap().to_end().await;
        assert_eq!(transcript.results.len() + rest.results.len(), LOAD_USERS);
    }
    let holdings = own.fixture.holdings().await;
    for user in answered {
        assert!(holdings.contains(&format!("{user}:addon")), "{user}");
    }
}

#[tokio::test]
async fn a_drained_server_leaves_a_complete_database_file() {
    let mut own = OwnServer::start(Storage::create(Database::Sqlite)).await;
    drained(&own).await;
    let status = own.server.exit_within(PROMPTLY).await;
    status.expect("the server ends");
    let Storage::Sqlite(left) = own.server.storage() else {
        unreachable!("the storage was created for this database");
    };
    let copy = Scratch::create();
    let [from, to] = [left, &copy].map(|directory| directory.path().join("seatkeeper.db"));
    std::fs::copy(from, to).unwrap();
    let server = Server::start(Storage::Sqlite(copy));
    let restored = own.fixture.at(&server).await;
    assert_eq!(restored.holdings().await, ["u1:suite", "u2:suite"]);
}

/// Starts batches over all users, each with a reader. One reader has stopped reading.
async fn under_way(fixture: &Fixture) -> Vec<Reading<BatchUpdateLicensesResponse>> {
    let lazy = Fixture {
        connection: Connection::open_narrow(&fixture.url).await,
        ..fixture.clone()
    };
    let mut readings = Vec::new();
    for fixture in [fixture, fixture, fixture, &lazy] {
        let request = BatchUpdateLicensesRequest {
            include_licenses: true,
            ..fixture.request(assign(&["suite"]), everyone())
        };
        let mut reading = fixture.start(request).await.unwrap();
        reading.next().await.unwrap();
        readings.push(reading);
    }
    readings
}

/// Assigns the addon to one user after another until the server rejects calls. Returns the users of
/// the successful calls, and counts them meanwhile.
fn calls(fixture: &Fixture, count: watch::Sender<usize>) -> JoinHandle<Vec<String>> {
    let fixture = fixture.clone();
    tokio::spawn(async move {
        let mut answered = Vec::new();
        for number in 1..=LOAD_USERS {
            let user = format!("u{number}");
            let request = UpdateUserLicensesRequest {
                name: fixture.user(&user),
                change: Some(assign(&["suite", "addon"])),
                ..UpdateUserLicensesRequest::default()
            };
            let mut licenses = fixture.connection.licenses();
            match licenses.update_user_licenses(request).await {
                Ok(_) => answered.push(user),
                Err(_) => break,
            }
            count.send_replace(answered.len());
        }
        answered
    })
}

on_each_database! {
    batches_in_progress_are_not_lost,
    a_stream_ends_with_a_resume_point,
    a_stream_ends_with_the_time_to_come_back,
    the_server_ends_in_good_order,
    a_connection_that_is_idle_does_not_hold_the_server_up,
    a_caller_who_is_silent_holds_the_server_up_no_longer_than_it_has,
    the_batch_goes_on_at_the_next_server,
}
