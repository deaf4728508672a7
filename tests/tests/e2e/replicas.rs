//! Three servers on one database: a batch or a reader that loses its server continues on another.

use std::collections::HashSet;

use seatkeeper_proto::v1::UserResult;
use seatkeeper_tests::{
    Database, Fixture, OwnServer, Server, Storage, Transcript, assign, everyone,
};

use crate::streamed_users::{Content, header, message, open, users};

const USERS: usize = 30_000;
/// A server that renews no lease for this time loses its batches.
const PACE: [&str; 4] = [
    "--lease-milliseconds",
    "500",
    "--recovery-milliseconds",
    "50",
];

/// A customer on three servers.
struct Replicas {
    first: OwnServer,
    second: (Server, Fixture),
    third: (Server, Fixture),
}

impl Replicas {
    async fn start() -> Self {
        let first = OwnServer::start_with(Storage::create(Database::Postgres), &PACE).await;
        Self {
            second: beside(&first).await,
            third: beside(&first).await,
            first,
        }
    }

    /// Starts a batch on the first server, reads a result and disconnects. Returns the events so
    /// far.
    async fn begin(&self) -> Transcript {
        let fixture = &self.first.fixture;
        fixture.add_users(USERS).await;
        fixture.buy("suite", 25_000).await;
        let request = fixture.request(assign(&["suite"]), everyone());
        let mut reading = fixture.start(request).await.unwrap();
        reading.read_results(1).await.unwrap();
        reading.hang_up()
    }
}

/// Starts another server, and returns the same customer on it.
async fn beside(own: &OwnServer) -> (Server, Fixture) {
    let server = own.server.start_beside();
    let fixture = own.fixture.at(&server).await;
    (server, fixture)
}

fn count(results: &[UserResult]) -> i64 {
    i64::try_from(results.len()).unwrap()
}

/// Checks that each user has one result, and that a later reader receives the same results.
async fn agree(results: &[UserResult], fixture: &Fixture, batch: &str) {
    let names = results.iter().map(|result| &result.user);
    assert_eq!(names.collect::<HashSet<_>>().len(), USERS);
    let again = fixture.follow(batch, 0).await.unwrap().to_end().await;
    assert!(
        again.results == results,
        "a second reader receives different results"
    );
}

#[tokio::test]
async fn any_replica_streams_results_while_another_runs_the_batch() {
    let replicas = Replicas::start().await;
    let fixture = &replicas.first.fixture;
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    let header = message(Content::Header(header(fixture)));
    let first = vec![header, users(fixture, &["u3"])];
    let (messages, mut caller) = open(fixture, first).await.unwrap();
    caller.read_results(1).await.unwrap();
    let batch = caller.so_far().batch();
    let mut second = replicas.second.1.follow(&batch, 0).await.unwrap();
    let mut third = replicas.third.1.follow(&batch, 0).await.unwrap();
    for (known, user) in [(1, "u1"), (2, "u2")] {
        second.read_results(known).await.unwrap();
        third.read_results(known).await.unwrap();
        messages.send(users(fixture, &[user])).await.unwrap();
    }
    second.read_results(3).await.unwrap();
    third.read_results(3).await.unwrap();
    drop(messages);
    let transcript = caller.to_end().await;
    assert_eq!(transcript.users(), ["u3", "u1", "u2"]);
    assert_eq!(second.to_end().await.results, transcript.results);
    assert_eq!(third.to_end().await.results, transcript.results);
}

#[tokio::test]
async fn a_reader_whose_server_dies_goes_on_at_another_and_at_a_third() {
    let mut replicas = Replicas::start().await;
    let transcript = replicas.begin().await;
    let batch = transcript.batch();
    let mut results = transcript.results;
    replicas.first.server.kill();
    let (server, fixture) = &mut replicas.second;
    let mut reading = fixture.follow(&batch, count(&results)).await.unwrap();
    reading.read_results(1).await.unwrap();
    server.kill();
    results.extend(reading.hang_up().results);
    let fixture = &replicas.third.1;
    let rest = fixture.follow(&batch, count(&results)).await.unwrap();
    results.extend(rest.to_end().await.results);
    agree(&results, fixture, &batch).await;
}

#[tokio::test]
async fn a_reader_whose_server_is_stopped_goes_on_at_another_and_comes_back() {
    let replicas = Replicas::start().await;
    let transcript = replicas.begin().await;
    let batch = transcript.batch();
    let mut results = transcript.results;
    let server = &replicas.first.server;
    server.signal("STOP");
    let fixture = &replicas.second.1;
    let rest = fixture.follow(&batch, count(&results)).await.unwrap();
    results.extend(rest.to_end().await.results);
    server.signal("CONT");
    agree(&results, &replicas.first.fixture, &batch).await;
}
