use std::collections::HashSet;
use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, Outcome, ShortagePolicy, StreamBatchResultsResponse, UserResult,
};
use seatkeeper_testkit::PostgresCluster;
use seatkeeper_tests::{
    CarriesEvent, OwnServer, Reading, Storage, assign, everyone, on_each_database,
};
use tonic::Code;

const TIMEOUT: Duration = Duration::from_secs(30);
const USERS: usize = 30_000;
const SEATS: i64 = 25_000;

/// Runs a batch on a server that is killed and restarted after each number of results in `moments`.
/// Returns the results of all streams.
async fn survive(own: &mut OwnServer, moments: &[usize]) -> Vec<UserResult> {
    own.fixture.add_users(USERS).await;
    own.fixture.buy("suite", SEATS).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..own.fixture.request(assign(&["suite"]), everyone())
    };
    let mut reading = own.fixture.start(request).await.unwrap();
    reading.next().await.unwrap();
    let batch = reading.so_far().batch();
    reading.read_results(moments[0]).await.unwrap();
    let mut results = reading.hang_up().results;
    for (round, _) in moments.iter().enumerate() {
        own.server.kill();
        own.start_again().await;
        let after = i64::try_from(results.len()).unwrap();
        let mut reading = own.fixture.follow(&batch, after).await.unwrap();
        match moments.get(round + 1) {
            Some(moment) => {
                reading.read_results(moment - results.len()).await.unwrap();
                results.extend(reading.hang_up().results);
            }
            None => results.extend(reading.to_end().await.results),
        }
    }
    results
}

async fn consistent(own: &OwnServer, results: &[UserResult]) {
    let users = results.iter().map(|result| &result.user);
    assert_eq!(
        users.collect::<HashSet<_>>().len(),
        USERS,
        "each user has one result"
    );
    let outcomes = results
        .iter()
        .map(|result| result.license_results[0].outcome());
    let assigned = outcomes
        .filter(|outcome| *outcome == Outcome::Assigned)
        .count();
    assert_eq!(i64::try_from(assigned).unwrap(), SEATS);
    assert_eq!(own.fixture.entitlement("suite").await.assigned_count, SEATS);
    assert_eq!(own.fixture.holdings().await.len(), assigned);
}

async fn right_after_the_batch_was_accepted(mut own: OwnServer) {
    let results = survive(&mut own, &[0]).await;
    consistent(&own, &results).await;
}

async fn twice_midway(mut own: OwnServer) {
    let results = survive(&mut own, &[1, 15_000]).await;
    consistent(&own, &results).await;
}

async fn seats_set_aside_are_neither_lost_nor_kept(mut own: OwnServer) {
    own.fixture.add_users(USERS).await;
    own.fixture.buy("suite", 30_000).await;
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::RequireAll.into(),
        ..own.fixture.request(assign(&["suite"]), everyone())
    };
    let mut reading = own.fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let batch = reading.hang_up().batch();
    own.server.kill();
    own.start_again().await;
    let transcript = own.fixture.follow(&batch, 0).await.unwrap().to_end().await;
    assert_eq!(transcript.count(Outcome::Assigned), 30_000);
    assert_eq!(own.fixture.entitlement("suite").await.reserved_count, 0);
}

/// Follows a batch as soon as the server is available.
async fn available(
    own: &OwnServer,
    batch: &str,
    after: i64,
) -> Reading<StreamBatchResultsResponse> {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match own.fixture.follow(batch, after).await {
            Ok(reading) => return reading,
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                assert!(Instant::now() < deadline, "{status:?}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Reads to the end. If the stream breaks, continues from its last resume point.
async fn read_on<M: CarriesEvent>(own: &OwnServer, mut reading: Reading<M>) -> Vec<UserResult> {
    let batch = reading.so_far().batch();
    loop {
        match reading.next().await {
            Ok(Some(_)) => {}
            Ok(None) => return reading.hang_up().results,
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                break;
            }
        }
    }
    let mut results = reading.hang_up().results;
    let after = i64::try_from(results.len()).unwrap();
    let rest = available(own, &batch, after).await;
    results.extend(rest.to_end().await.results);
    results
}

#[tokio::test]
async fn of_the_database() {
    let cluster = PostgresCluster::builder().durable().start().unwrap();
    let own = OwnServer::start(Storage::create_on(&cluster)).await;
    own.fixture.add_users(USERS).await;
    own.fixture.buy("suite", SEATS).await;
    let request = own.fixture.request(assign(&["suite"]), everyone());
    let mut reading = own.fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    cluster.kill().unwrap();
    cluster.resume().unwrap();
    let results = read_on(&own, reading).await;
    consistent(&own, &results).await;
}

on_each_database! {
    right_after_the_batch_was_accepted,
    twice_midway,
    seats_set_aside_are_neither_lost_nor_kept,
}
