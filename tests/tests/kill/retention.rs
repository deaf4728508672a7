//! Servers that abort while the retention job deletes old data.

use seatkeeper_failpoints::Point;
use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::rng::{Rng, seed};
use crate::test_store::TestStore;

/// The failpoints of the retention job.
pub(crate) const RETENTION: [Point; 8] = [
    Point::BatchHidden,
    Point::SegmentsRemoved,
    Point::BatchRemoved,
    Point::OldIdempotencyRecordsDeleted,
    Point::CheckpointLicensesSaved,
    Point::CheckpointSaved,
    Point::EntriesRemoved,
    Point::RetentionCommitted,
];

async fn die_at_every_point_of_retention(database: Database) {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut rng = Rng::of(seed);
    let test_store = TestStore::populate_with_short_retention(database, |launch| launch).await;
    let mut missed = Vec::new();
    for point in RETENTION {
        let times = rng.between(1, 3);
        if !test_store.live(Death::At(point, times), &mut rng).await {
            missed.push(point.name());
        }
    }
    test_store.audit_what_is_left().await;
    assert!(
        missed.len() <= 1,
        "these failpoints were not reached: {missed:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_server_may_die_while_it_removes_what_is_old() {
    die_at_every_point_of_retention(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_server_may_die_while_it_removes_what_is_old() {
    die_at_every_point_of_retention(Database::Postgres).await;
}
