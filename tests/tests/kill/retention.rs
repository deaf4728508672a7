//! Servers that abort while the retention job deletes old data.

use std::time::Duration;

use seatkeeper_failpoints::{Mutant, Point};
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

/// The most server runs until the mutant must be found.
const LIVES_MAX: u32 = 8;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_are_removed_and_not_checkpointed() {
    let mutant = Mutant::EntriesNotCheckpointed;
    let lives = tokio::spawn(async move {
        let mut rng = Rng::of(seed());
        let test_store = TestStore::populate_with_short_retention(Database::Sqlite, |launch| {
            launch.with("SEATKEEPER_MUTANT", mutant.name())
        })
        .await;
        for number in 1..=LIVES_MAX {
            let life = Duration::from_secs(2) * number;
            test_store.live(Death::Killed(life), &mut rng).await;
            test_store.audit_what_is_left().await;
        }
    });
    let shown = lives.await.expect_err("the mutant survived").into_panic();
    let said = shown.downcast::<String>();
    let said = said.map_or_else(|_| "it failed".to_owned(), |said| *said);
    assert!(said.contains("verify"), "{said}");
    eprintln!("{} was found: {said}", mutant.name());
}
