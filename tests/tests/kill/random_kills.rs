//! Kills at random times.

use std::time::Duration;

use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::rng::{Rng, number, seed};
use crate::test_store::TestStore;

/// Number of kills on each database, unless the environment sets one.
const KILLS: usize = 50;
/// Number of kills between two audits. Batches that many kills interrupt must end as well.
const KILLS_PER_AUDIT: usize = 17;
/// The longest run of a server, in milliseconds.
const LIFE_MAX: usize = 500;

async fn kill_at_random_moments(database: Database) {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut rng = Rng::of(seed);
    let mut left = number("SEATKEEPER_KILLS", KILLS);
    while left > 0 {
        let test_store = TestStore::populate(database, |launch| launch).await;
        for _ in 0..left.min(KILLS_PER_AUDIT) {
            let life = u64::try_from(rng.below(LIFE_MAX)).unwrap();
            let death = Death::Killed(Duration::from_millis(life));
            test_store.live(death, &mut rng).await;
            left -= 1;
        }
        test_store.audit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_is_lost_and_nothing_done_twice() {
    kill_at_random_moments(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_nothing_is_lost_and_nothing_done_twice() {
    kill_at_random_moments(Database::Postgres).await;
}
