use std::sync::Arc;
use std::time::Duration;

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, ListCustomersRequest, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    Connection, Database, Fixture, HeldLock, Launch, OpenBatch, OwnServer, Refusal, Server,
    Storage, assign, everyone, on_each_database, refused,
};
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Timeout for an immediate effect.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Number of concurrent calls in a flood.
const FLOOD: usize = 600;
/// Number of connections of a flood.
const FLOOD_CONNECTIONS: usize = 6;

async fn started(database: Database, arguments: &[&str]) -> OwnServer {
    OwnServer::start_with(Storage::create(database), arguments).await
}

/// Checks the limit, the subject and the retry delay of a rejected call.
fn assert_exhausted(refusal: &Refusal, limit: &str, subject: &str) {
    refusal
        .is(Code::ResourceExhausted, ErrorReason::LimitReached)
        .with("limit", limit);
    let violations = &refusal.details.quota_failure().unwrap().violations;
    assert_eq!(violations.len(), 1, "{refusal:?}");
    assert_eq!(violations[0].subject, subject, "{refusal:?}");
    assert!(!violations[0].description.is_empty(), "{refusal:?}");
    let retry = refusal.details.retry_info().unwrap().retry_delay.unwrap();
    assert!(retry > Duration::ZERO && retry <= TIMEOUT, "{retry:?}");
}

async fn health(connection: &Connection) -> ServingStatus {
    let request = HealthCheckRequest::default();
    let answer = HealthClient::new(connection.channel()).check(request).await;
    answer.unwrap().into_inner().status()
}

async fn list_customers(connection: &Connection) -> Result<(), Status> {
    let request = ListCustomersRequest::default();
    connection
        .customers()
        .list_customers(request)
        .await
        .map(drop)
}

fn assign_to(fixture: &Fixture, user: &str) -> UpdateUserLicensesRequest {
    UpdateUserLicensesRequest {
        name: fixture.user(user),
        change: Some(assign(&["suite"])),
        ..UpdateUserLicensesRequest::default()
    }
}

/// Adds users and starts a batch that runs until its user stream ends.
async fn busy(own: &OwnServer) -> OpenBatch {
    own.fixture.add_users(3).await;
    own.fixture.buy("suite", 3).await;
    OpenBatch::begin(&own.fixture, &["u1"]).await.unwrap()
}

/// Another customer, with one user.
async fn neighbor(own: &OwnServer) -> Fixture {
    let other = Fixture::on(&own.server).await;
    other.add_users(1).await;
    other.buy("suite", 1).await;
    other
}

async fn a_caller_over_the_rate_limit_gets_retry_info(database: Database) {
    let arguments = ["--calls-per-second-per-caller-max", "20"];
    let server = Server::start_with(Storage::create(database), &arguments);
    let connection = Connection::open(server.url()).await;
    let refusal = loop {
        if let Err(status) = list_customers(&connection).await {
            break refused::<()>(Err(status));
        }
    };
    assert_exhausted(
        &refusal,
        "calls_per_second_per_caller",
        "clientip:127.0.0.1",
    );
    refusal.with("maximum", "20");
    assert_eq!(health(&connection).await, ServingStatus::Serving);
    // The limit applies per caller, and this test is the only caller: after the delay, a call
    // succeeds.
    let retry = refusal.details.retry_info().unwrap().retry_delay.unwrap();
    tokio::time::sleep(retry).await;
    list_customers(&connection).await.unwrap();
}

async fn a_stream_too_many_is_refused_until_another_has_ended(database: Database) {
    let own = started(database, &["--open-streams-max", "1"]).await;
    let open = busy(&own).await;
    let refusal = refused(
        own.fixture
            .follow("customers/a/batches/b", 0)
            .await
            .map(drop),
    );
    assert_exhausted(&refusal, "open_streams", "server");
    let ended = open.close().to_end().await;
    let again = own.fixture.follow(&ended.batch(), 0).await.unwrap();
    assert_eq!(again.to_end().await.results.len(), 1);
}

async fn a_batch_too_many_of_the_server_is_refused_until_another_has_ended(database: Database) {
    let own = started(database, &["--unfinished-batches-max", "1"]).await;
    let other = neighbor(&own).await;
    let open = busy(&own).await;
    let request = other.request(assign(&["suite"]), everyone());
    let refusal = other.refusal(request.clone()).await;
    assert_exhausted(&refusal, "unfinished_batches_per_server", "server");
    open.close().to_end().await;
    assert_eq!(other.run(request).await.results.len(), 1);
}

/// A retried call joins its running batch, which already has a slot.
async fn a_full_server_lets_callers_join_their_batches(database: Database) {
    let arguments = [
        "--unfinished-batches-max",
        "2",
        "--unfinished-batches-per-caller-max",
        "2",
    ];
    let own = started(database, &arguments).await;
    let other = neighbor(&own).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "ff7a2c1e-1f1f-4b6e-9d1a-0c7f7f1f2f3f".to_owned(),
        ..other.request(assign(&["suite"]), everyone())
    };
    let first = other.run(request.clone()).await;
    let _open = busy(&own).await;
    let _another = OpenBatch::begin(&own.fixture, &["u2"]).await.unwrap();
    assert_eq!(other.run(request).await.batch(), first.batch());
}

async fn a_batch_too_many_of_a_caller_is_refused_while_the_server_has_room(database: Database) {
    let arguments = ["--unfinished-batches-per-caller-max", "1"];
    let own = started(database, &arguments).await;
    let other = neighbor(&own).await;
    let open = busy(&own).await;
    let request = other.request(assign(&["suite"]), everyone());
    let refusal = other.refusal(request.clone()).await;
    assert_exhausted(&refusal, "unfinished_batches_per_caller", "caller");
    open.close().to_end().await;
    assert_eq!(other.run(request).await.results.len(), 1);
}

async fn one_caller_has_its_share_of_a_customers_batches(database: Database) {
    let arguments = ["--unfinished-batches-per-customer-per-caller-max", "1"];
    let own = started(database, &arguments).await;
    let other = neighbor(&own).await;
    let open = busy(&own).await;
    let request = own.fixture.request(assign(&["suite"]), everyone());
    let refusal = own.fixture.refusal(request).await;
    let limit = "unfinished_batches_per_customer_per_caller";
    assert_exhausted(&refusal, limit, "caller");
    let transcript = other.change(assign(&["suite"]), everyone()).await;
    assert_eq!(transcript.results.len(), 1);
    open.close().to_end().await;
}

async fn a_batch_too_many_of_a_customer_leaves_others_alone(database: Database) {
    let own = started(database, &["--unfinished-batches-per-customer-max", "1"]).await;
    let other = neighbor(&own).await;
    let open = busy(&own).await;
    let request = own.fixture.request(assign(&["suite"]), everyone());
    let refusal = own.fixture.refusal(request).await;
    assert_exhausted(&refusal, "unfinished_batches_per_customer", "customer");
    let transcript = other.change(assign(&["suite"]), everyone()).await;
    assert_eq!(transcript.results.len(), 1);
    open.close().to_end().await;
}

/// The flood has many times more concurrent calls than the limit.
async fn a_flood_is_shed_and_the_server_goes_on_serving(database: Database) {
    let arguments = [
        "--concurrent-calls-max",
        "8",
        "--concurrent-calls-per-caller-max",
        "8",
    ];
    let own = started(database, &arguments).await;
    own.fixture.add_users(FLOOD).await;
    own.fixture
        .buy("suite", i64::try_from(FLOOD).unwrap())
        .await;
    let mut connections = Vec::new();
    for _ in 0..FLOOD_CONNECTIONS {
        connections.push(Connection::open(&own.fixture.url).await);
    }
    let mut calls = JoinSet::new();
    for number in 1..=FLOOD {
        let request = assign_to(&own.fixture, &format!("u{number}"));
        let mut licenses = connections[number % FLOOD_CONNECTIONS].licenses();
        calls.spawn(async move { licenses.update_user_licenses(request).await.map(drop) });
    }
    let mut done = 0;
    while let Some(answer) = calls.join_next().await {
        match answer.unwrap() {
            Ok(()) => done += 1,
            answer => assert_exhausted(&refused(answer), "concurrent_calls", "server"),
        }
        if calls.len() % 100 == 50 {
            assert_eq!(
                health(&own.fixture.connection).await,
                ServingStatus::Serving
            );
        }
    }
    assert!(done >= 8, "{done} calls succeeded");
    assert!(done < FLOOD, "no call was rejected");
    // Successful calls took effect, and rejected calls did not.
    assert_eq!(own.fixture.holdings().await.len(), done);
}

async fn a_connection_too_many_is_closed_until_another_has_gone(database: Database) {
    let arguments = [
        "--connections-max",
        "2",
        "--connections-per-caller-max",
        "2",
    ];
    let server = Server::start_with(Storage::create(database), &arguments);
    let first = Connection::open(server.url()).await;
    let second = Connection::open(server.url()).await;
    list_customers(&first).await.unwrap();
    list_customers(&second).await.unwrap();
    assert!(!serves_newcomers(server.url()).await);
    list_customers(&first).await.unwrap();
    drop(second);
    let let_in = async {
        while !serves_newcomers(server.url()).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let let_in = tokio::time::timeout(TIMEOUT, let_in).await;
    let_in.expect("a closed connection frees its slot before the timeout");
}

async fn serves_newcomers(url: &str) -> bool {
    match Connection::try_open(url).await {
        Some(connection) => list_customers(&connection).await.is_ok(),
        None => false,
    }
}

async fn more_connections_than_descriptors_are_refused_at_the_start(database: Database) {
    let storage = Storage::create(database);
    let launch = Launch::plain(&["--connections-max", "1000"]).with_descriptors(256);
    let (status, said) = Server::refuse_launch(&storage, &launch);
    assert!(!status.success());
    assert!(said.contains("1000 connections"), "{said}");
    assert!(said.contains("256 descriptors"), "{said}");
}

/// The callers open far more connections than the server has descriptors. Existing connections keep
/// working.
async fn running_out_of_descriptors_ends_nothing(database: Database) {
    let storage = Arc::new(Storage::create(database));
    let server = Server::start_on(storage, Launch::plain(&[]).with_descriptors(256));
    let connection = Connection::open(server.url()).await;
    let address = server.url().trim_start_matches("http://");
    let silent = (0..400).map(|_| std::net::TcpStream::connect(address));
    let silent = silent.filter_map(Result::ok).collect::<Vec<_>>();
    list_customers(&connection).await.unwrap();
    assert_eq!(health(&connection).await, ServingStatus::Serving);
    drop(silent);
    let let_in = async {
        while !serves_newcomers(server.url()).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let let_in = tokio::time::timeout(TIMEOUT, let_in).await;
    let_in.expect("the server accepts connections again before the timeout");
}

/// Another program holds a lock that the call needs, longer than the call's timeout.
async fn a_call_that_takes_too_long_is_ended(database: Database) {
    let own = started(database, &["--call-seconds-max", "1"]).await;
    own.fixture.add_users(1).await;
    own.fixture.buy("suite", 1).await;
    let lock = HeldLock::take(own.server.storage()).await;
    let mut licenses = own.fixture.connection.licenses();
    let call = assign_to(&own.fixture, "u1");
    let answer = licenses.update_user_licenses(call.clone()).await;
    let refusal = refused(answer);
    refusal
        .is(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded)
        .with("maximum_milliseconds", "1000");
    lock.release().await;
    licenses.update_user_licenses(call).await.unwrap();
    assert_eq!(own.fixture.holdings().await, ["u1:suite"]);
}

on_each_database! {
    a_caller_over_the_rate_limit_gets_retry_info,
    a_stream_too_many_is_refused_until_another_has_ended,
    a_batch_too_many_of_the_server_is_refused_until_another_has_ended,
    a_full_server_lets_callers_join_their_batches,
    a_batch_too_many_of_a_caller_is_refused_while_the_server_has_room,
    one_caller_has_its_share_of_a_customers_batches,
    a_batch_too_many_of_a_customer_leaves_others_alone,
    a_flood_is_shed_and_the_server_goes_on_serving,
    a_connection_too_many_is_closed_until_another_has_gone,
    more_connections_than_descriptors_are_refused_at_the_start,
    running_out_of_descriptors_ends_nothing,
    a_call_that_takes_too_long_is_ended,
}
