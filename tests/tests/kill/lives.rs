//! Servers that abort at one failpoint again and again, or are killed at any time. These short
//! campaigns are the harness of most mutants of servers ([`docs/mutants.md`]).
//!
//! [`docs/mutants.md`]: ../../../docs/mutants.md

use std::time::Duration;

use seatkeeper_failpoints::Point;
use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::rng::{Rng, number, seed};
use crate::test_store::TestStore;

/// Number of campaigns of each test, unless the environment sets one.
const CAMPAIGNS: usize = 1;
/// Number of server runs of a campaign, before its audit.
const LIVES: usize = 6;
/// The longest run of a server in the first campaign. Runs get longer with each campaign, for slow
/// machines.
const LIFE: Duration = Duration::from_millis(300);

async fn campaigns(database: Database, point: Option<Point>) {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut rng = Rng::of(seed);
    let mut life = Duration::ZERO;
    for _ in 0..number("SEATKEEPER_CAMPAIGNS", CAMPAIGNS) {
        life += LIFE;
        let test_store = TestStore::populate(database, |launch| launch).await;
        for _ in 0..LIVES {
            let death = match point {
                Some(point) => Death::At(point, rng.between(3, 20)),
                None => Death::Killed(life),
            };
            test_store.live(death, &mut rng).await;
        }
        test_store.audit().await;
    }
}

/// A test for each database and failpoint; without a failpoint, the test kills the servers.
macro_rules! each_life_ends {
    ($($name:ident: $database:ident at $point:expr,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            campaigns(Database::$database, $point).await;
        }
    )+};
}

each_life_ends! {
    before_a_commit_on_sqlite: Sqlite at Some(Point::CountersSaved),
    after_a_commit_on_sqlite: Sqlite at Some(Point::Committed),
    after_a_commit_on_postgres: Postgres at Some(Point::Committed),
    before_a_request_id_on_sqlite: Sqlite at Some(Point::IdempotencyInsertBegun),
    at_any_time_on_sqlite: Sqlite at None,
    at_any_time_on_postgres: Postgres at None,
}
