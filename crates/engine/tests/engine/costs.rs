//! What a chunk costs, in statements: counts, so that they are the same on any machine.

use seatkeeper_engine::Selector;

use crate::stores::{TestStore, postgres, sqlite};
use crate::world::{CHUNK, World};

/// Chunks by which the larger batch exceeds the smaller one.
const MORE_CHUNKS: usize = 20;

/// Runs of which the one with the fewest statements counts.
const RUNS: usize = 4;

/// Statements of one more chunk, at most: reading its segment and its state; the customer, the batch
/// and the entitlements; licenses, seats, journal, batch and customer written; the sets of holders
/// read and written. To that come those that froze its segment, half a step of two segments, and
/// those of whoever looks on.
const STATEMENTS_MAX: usize = 20;

async fn statements_of_a_chunk(store: TestStore) -> usize {
    let sql = store.sql.clone().unwrap();
    let world = World::new(store).await;
    world.add_users(CHUNK * (MORE_CHUNKS + 2)).await;
    world.buy("suite", 1_000).await;
    let few: Vec<String> = (1..=CHUNK * 2).map(|number| format!("u{number}")).collect();
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    let mut counts = Vec::new();
    for selector in [crate::world::users(&few), Selector::All] {
        let before = sql.statement_count();
        world.assign("suite", selector).await;
        counts.push(usize::try_from(sql.statement_count() - before).unwrap());
    }
    (counts[1] - counts[0]).div_ceil(MORE_CHUNKS)
}

/// The fewest of some runs: whoever looks on, and whatever looks for work from time to time, only
/// adds statements.
async fn fewest(store: impl AsyncFn() -> TestStore) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..RUNS {
        fewest = fewest.min(statements_of_a_chunk(store().await).await);
    }
    fewest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_takes_few_statements_on_sqlite() {
    let statements = fewest(sqlite).await;
    assert!(statements <= STATEMENTS_MAX, "{statements} statements");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_takes_few_statements_on_postgres() {
    let statements = fewest(postgres).await;
    assert!(statements <= STATEMENTS_MAX, "{statements} statements");
}
