//! Deaths at each named point.

use std::collections::BTreeSet;
use std::time::Duration;

use seatkeeper_fault::Point;
use seatkeeper_tests::{Database, Scratch};

use crate::campaign::{Death, joined};
use crate::chance::{Chance, seed};
use crate::stage::Stage;

/// Deaths between two audits.
const DEATHS_PER_AUDIT: usize = 20;
/// How long a life is that passes every point.
const LIFE: Duration = Duration::from_secs(6);

async fn die_at_every_point(database: Database) {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut chance = Chance::of(seed);
    let mut missed = Vec::new();
    for points in Point::ALL.chunks(DEATHS_PER_AUDIT) {
        let stage = Stage::furnish(database, |launch| launch).await;
        for &point in points {
            let times = chance.between(1, 3);
            if !stage.live(Death::At(point, times), &mut chance).await {
                missed.push(point.name());
            }
        }
        stage.audit().await;
    }
    // Chance may miss a rare one: then the server was killed in the end.
    assert!(
        missed.len() <= 3,
        "these points were not passed: {missed:?}"
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
    let mut chance = Chance::of(seed());
    let scratch = Scratch::create();
    let trace = scratch.path().join("trace");
    let stage = Stage::furnish(Database::Sqlite, |launch| {
        launch.with("SEATKEEPER_FAILPOINT_TRACE", &trace)
    })
    .await;
    let missing = || {
        let passed = std::fs::read_to_string(&trace).unwrap_or_default();
        let passed = passed.lines().collect::<BTreeSet<_>>();
        let all = Point::ALL.iter().map(|point| point.name());
        all.filter(|name| !passed.contains(name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    // One life ends by draining and one by a kill; the third takes up what they leave.
    for life in [LIFE / 6, LIFE / 6, LIFE] {
        let mut server = stage.start();
        let callers = stage.callers(server.url(), &mut chance, None);
        let mut waited = Duration::ZERO;
        while waited < life && !missing().is_empty() {
            tokio::time::sleep(LIFE / 60).await;
            waited += LIFE / 60;
        }
        server.terminate();
        server
            .exit_within(LIFE * 5)
            .await
            .expect("the server drains");
        joined(callers).await;
    }
    assert_eq!(missing(), "");
}

#[test]
fn there_are_at_least_forty_of_them_under_names_of_their_own() {
    let names = Point::ALL.iter().map(|point| point.name());
    assert!(names.collect::<BTreeSet<_>>().len() >= 40);
}
