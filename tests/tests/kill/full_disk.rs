//! With a full disk, the server rejects every call that needs disk space and changes nothing. Calls
//! that need no space succeed, and batches continue by themselves when space is free again.

use std::sync::Arc;
use std::time::Duration;

use seatkeeper_failpoints::Point;
use seatkeeper_proto::v1::{ErrorReason, User};
use seatkeeper_testkit::PostgresCluster;
use seatkeeper_tests::{
    Connection, Database, Disk, Fixture, Launch, Refusal, Server, Storage, assign, everyone,
    import_catalog, refused,
};
use tonic::Code;

/// Together with the newcomers, more users than fit into the space that a database has already
/// allocated.
const USERS: usize = 60_000;
const NEWCOMERS: usize = 3_000;
/// Number of groups of newcomers. At least one group exceeds the allocated space.
const GROUPS: usize = 20;
const TIMEOUT: Duration = Duration::from_mins(1);

/// A server on its own disk. It stops before the third chunk of its first batch.
async fn on_a_disk(disk: &Disk, storage: Storage) -> (Server, Fixture) {
    let order = format!("{}:3:stop", Point::ChunkBegun.name());
    let launch = Launch::with_fault_injection(&[]).with("SEATKEEPER_FAILPOINT", order);
    let launch = disk
        .environment()
        .into_iter()
        .fold(launch, |launch, (name, value)| launch.with(name, value));
    let server = Server::start_on(Arc::new(storage), launch);
    import_catalog(&Connection::open(server.url()).await).await;
    let fixture = Fixture::on(&server).await;
    (server, fixture)
}

async fn a_batch_outlives_a_full_disk(disk: &Disk, storage: Storage) {
    let (mut server, fixture) = on_a_disk(disk, storage).await;
    fixture.add_users(USERS).await;
    fixture.buy("suite", 70_000).await;
    let request = fixture.request(assign(&["suite"]), everyone());
    let mut reading = fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    server.has_stopped_within(TIMEOUT).await;
    disk.fill();
    server.signal("CONT");

    let (refusal, group) = import_until_refused(&fixture).await;
    refusal.is(Code::Unavailable, ErrorReason::StoreUnavailable);
    assert!(refusal.details.retry_info().is_some(), "{refusal:?}");
    let batch = fixture.batch(&reading.so_far().batch()).await;
    assert!(batch.end_time.is_none(), "needs disk space: {batch:?}");

    disk.free();
    assert_eq!(reading.to_end().await.users().len(), USERS);
    let answer = fixture.import_users(newcomers(&fixture, group)).await;
    let created = usize::try_from(answer.created_count).unwrap();
    assert_eq!(created, NEWCOMERS, "the rejected import changed nothing");
    server.kill();
    server.storage().verify();
}

/// The rejection of the first group that does not fit, and the group's number.
async fn import_until_refused(fixture: &Fixture) -> (Refusal, usize) {
    for group in 0..GROUPS {
        let answer = fixture.try_import_users(newcomers(fixture, group)).await;
        if answer.is_err() {
            return (refused(answer), group);
        }
    }
    panic!("all {GROUPS} groups fit the full disk");
}

fn newcomers(fixture: &Fixture, group: usize) -> Vec<User> {
    let numbers = 1..=NEWCOMERS;
    let person = |number| fixture.person(&format!("newcomer{group}-{number}"), "CH");
    numbers.map(person).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_full_disk_is_survived() {
    let disk = Disk::create();
    a_batch_outlives_a_full_disk(&disk, Storage::create(Database::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_full_disk_is_survived() {
    let disk = Disk::create();
    let cluster = disk
        .environment()
        .into_iter()
        .fold(PostgresCluster::builder(), |cluster, (name, value)| {
            cluster.variable(name, value)
        });
    let cluster = cluster.start().unwrap();
    a_batch_outlives_a_full_disk(&disk, Storage::create_on(&cluster)).await;
}
