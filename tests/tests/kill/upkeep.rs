//! Deaths while what was kept long enough is removed.

use std::time::Duration;

use seatkeeper_fault::{Bug, Point};
use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::chance::{Chance, seed};
use crate::stage::Stage;

/// The points that are passed only then.
pub(crate) const UPKEEP: [Point; 8] = [
    Point::BatchHidden,
    Point::SegmentsRemoved,
    Point::BatchRemoved,
    Point::OldRequestsRemoved,
    Point::BaseLicensesFolded,
    Point::BaseSaved,
    Point::EntriesRemoved,
    Point::UpkeepCommitted,
];

/// Lives after which a bug must have shown.
const LIVES_MAX: u32 = 8;

async fn die_at_every_point_of_upkeep(database: Database) {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut chance = Chance::of(seed);
    let stage = Stage::furnish_forgetful(database, |launch| launch).await;
    let mut missed = Vec::new();
    for point in UPKEEP {
        let times = chance.between(1, 3);
        if !stage.live(Death::At(point, times), &mut chance).await {
            missed.push(point.name());
        }
    }
    stage.audit_what_is_left().await;
    assert!(
        missed.len() <= 1,
        "these points were not passed: {missed:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_server_may_die_while_it_removes_what_is_old() {
    die_at_every_point_of_upkeep(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_server_may_die_while_it_removes_what_is_old() {
    die_at_every_point_of_upkeep(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_are_removed_and_not_folded() {
    let bug = Bug::EntriesUnfolded;
    let lives = tokio::spawn(async move {
        let mut chance = Chance::of(seed());
        let stage = Stage::furnish_forgetful(Database::Sqlite, |launch| {
            launch.with("SEATKEEPER_PLANTED_BUG", bug.name())
        })
        .await;
        for number in 1..=LIVES_MAX {
            let life = Duration::from_secs(2) * number;
            stage.live(Death::Killed(life), &mut chance).await;
            stage.audit_what_is_left().await;
        }
    });
    let shown = lives.await.expect_err("the bug was not found").into_panic();
    let said = shown.downcast::<String>();
    let said = said.map_or_else(|_| "it failed".to_owned(), |said| *said);
    assert!(said.contains("verify"), "{said}");
    eprintln!("{} was found: {said}", bug.name());
}
