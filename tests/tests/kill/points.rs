//! Servers that abort at each failpoint.

use std::collections::BTreeSet;
use std::time::Duration;

use seatkeeper_failpoints::Point;
use seatkeeper_tests::{Database, Scratch};
use tokio::time::Instant;

use crate::campaign::{Death, joined};
use crate::load::Operation;
use crate::retention::RETENTION;
use crate::rng::{Rng, seed};
use crate::test_store::TestStore;

/// Number of aborts between two audits.
const DEATHS_PER_AUDIT: usize = 20;
/// The longest run of a server in a search for failpoints: the retention job runs twice in that
/// time.
const LIFE: Duration = Duration::from_secs(2);
/// The most server runs until every failpoint must be reached, even on a slow machine.
const LIVES_MAX: usize = 60;
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const DRAIN_TIMEOUT: Duration = Duration::from_mins(1);

async fn die_at_every_point(database: Database) {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut rng = Rng::of(seed);
    let mut missed = Vec::new();
    let mut others = Point::ALL.to_vec();
    others.retain(|point| !RETENTION.contains(point));
    for points in others.chunks(DEATHS_PER_AUDIT) {
        let test_store = TestStore::populate(database, |launch| launch).await;
        for &point in points {
            let times = rng.between(1, 3);
            if !test_store.live(Death::At(point, times), &mut rng).await {
                missed.push(point.name());
            }
        }
        test_store.audit().await;
    }
    // Random operations may miss a rare failpoint. The test then kills the server.
    assert!(
        missed.len() <= 3,
        "these failpoints were not reached: {missed:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_server_may_die_at_any_of_them() {
    die_at_every_point(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_server_may_die_at_any_of_them() {
    die_at_every_point(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_them_is_passed() {
    let mut rng = Rng::of(seed());
    let scratch = Scratch::create();
    let trace = scratch.path().join("trace");
    let test_store = TestStore::populate_with_short_retention(Database::Sqlite, |launch| {
        launch.with("SEATKEEPER_FAILPOINT_TRACE", &trace)
    })
    .await;
    let missing = || {
        let passed = std::fs::read_to_string(&trace).unwrap_or_default();
        let passed = passed.lines().collect::<BTreeSet<_>>();
        let all = Point::ALL.iter().copied();
        all.filter(|point| !passed.contains(point.name()))
            .collect::<Vec<_>>()
    };
    // Each run ends with a drain, and the next run continues its batches.
    for _ in 0..LIVES_MAX {
        let mut missed = missing();
        if missed.is_empty() {
            return;
        }
        let mut server = test_store.start();
        let favorite = missed.pop().and_then(Operation::passing);
        let callers = test_store.callers(server.url(), &mut rng, favorite);
        let end = Instant::now() + LIFE;
        while Instant::now() < end && !missing().is_empty() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        server.terminate();
        server
            .exit_within(DRAIN_TIMEOUT)
            .await
            .expect("the server drains");
        joined(callers).await;
    }
    let missed = missing();
    let missed = missed.iter().map(|point| point.name()).collect::<Vec<_>>();
    assert!(
        missed.is_empty(),
        "these failpoints were not reached: {missed:?}"
    );
}

#[test]
fn there_are_at_least_forty_of_them_under_names_of_their_own() {
    let names = Point::ALL.iter().map(|point| point.name());
    assert!(names.collect::<BTreeSet<_>>().len() >= 40);
}
