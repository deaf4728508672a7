//! The cost of a chunk and of a group commit in SQL statements. A count of statements is the same
//! on any machine.

use std::time::Duration;

use seatkeeper_engine::{Limits, Selector, UpdateUserLicenses};

use crate::fixture::{CHUNK, Fixture, limits, request_id};
use crate::group_commit::{group_commit, update};
use crate::stores::{TestStore, postgres, sqlite};

/// Number of chunks that the larger batch has in addition to those of the smaller one.
const MORE_CHUNKS: usize = 20;

/// Number of runs; the run with the fewest statements counts.
const RUNS: usize = 4;

/// The most statements of one more chunk: reading its segment and its state; reading the customer,
/// the batch and the entitlements; writing licenses, seats, journal, batch and customer; reading
/// and writing the sets of holders. The statements that froze its segment (half a step of two
/// segments) and those of the follower are added.
const STATEMENTS_MAX: usize = 20;

/// Calls that wait together.
const CALLS: usize = 64;

/// The most statements of a group commit, for any number of calls: finding, locking and writing the
/// customer; reading the catalog's version, the idempotency records, the users, the entitlements
/// and the licenses; writing licenses, holders, seats and journal; checking and storing idempotency
/// records. The statements of the background jobs are added.
const GROUP_STATEMENTS_MAX: usize = 30;

/// A fixture without background work during the test, so that slow machines count the same.
async fn quiet_fixture(store: TestStore) -> Fixture {
    let long = Duration::from_hours(1);
    let limits = Limits {
        recovery_interval: long,
        follow_interval: long,
        lease: long,
        ..limits()
    };
    Fixture::with_limits(store, limits).await
}

/// The most statements of one group commit. Half of the calls assign products, the other half
/// revoke one. The same calls are then repeated with the same request ids, and the larger count is
/// returned.
async fn statements_of_a_group(store: TestStore) -> usize {
    let sql = store.sql.clone().unwrap();
    let fixture = quiet_fixture(store).await;
    fixture.add_users(CALLS).await;
    fixture.buy("suite", 100).await;
    fixture.buy("addon", 100).await;
    let users: Vec<String> = (1..=CALLS).map(|number| format!("u{number}")).collect();
    let holders: Vec<&str> = users[CALLS / 2..].iter().map(String::as_str).collect();
    fixture
        .assign("suite", crate::fixture::users(&holders))
        .await;
    let calls = users.iter().enumerate().map(|(index, user)| {
        let (assign, revoke): (&[&str], &[&str]) = if index < CALLS / 2 {
            (&["suite", "addon"], &[])
        } else {
            (&[], &["suite"])
        };
        UpdateUserLicenses {
            request_id: Some(request_id(user)),
            ..update(&fixture, user, assign, revoke)
        }
    });
    let calls: Vec<_> = calls.collect();
    let mut most = 0;
    // In the second round all calls are replays.
    for calls in [calls.clone(), calls] {
        let before = sql.statement_count();
        let answers = group_commit(&fixture, calls).await;
        assert!(answers.iter().all(Result::is_ok));
        most = most.max(sql.statement_count() - before);
    }
    usize::try_from(most).unwrap()
}

async fn statements_of_a_chunk(store: TestStore) -> usize {
    let sql = store.sql.clone().unwrap();
    let fixture = quiet_fixture(store).await;
    fixture.add_users(CHUNK * (MORE_CHUNKS + 2)).await;
    fixture.buy("suite", 1_000).await;
    let few: Vec<String> = (1..=CHUNK * 2).map(|number| format!("u{number}")).collect();
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    let mut counts = Vec::new();
    for selector in [crate::fixture::users(&few), Selector::All] {
        let before = sql.statement_count();
        fixture.assign("suite", selector).await;
        counts.push(usize::try_from(sql.statement_count() - before).unwrap());
    }
    (counts[1] - counts[0]).div_ceil(MORE_CHUNKS)
}

/// The smallest count of several runs: followers and background jobs can only add statements.
async fn fewest(
    store: impl AsyncFn() -> TestStore,
    count: impl AsyncFn(TestStore) -> usize,
) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..RUNS {
        fewest = fewest.min(count(store().await).await);
    }
    fewest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_calls_takes_few_statements_on_sqlite() {
    let statements = fewest(sqlite, statements_of_a_group).await;
    assert!(
        statements <= GROUP_STATEMENTS_MAX,
        "{statements} statements"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_calls_takes_few_statements_on_postgres() {
    let statements = fewest(postgres, statements_of_a_group).await;
    assert!(
        statements <= GROUP_STATEMENTS_MAX,
        "{statements} statements"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_takes_few_statements_on_sqlite() {
    let statements = fewest(sqlite, statements_of_a_chunk).await;
    assert!(statements <= STATEMENTS_MAX, "{statements} statements");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_takes_few_statements_on_postgres() {
    let statements = fewest(postgres, statements_of_a_chunk).await;
    assert!(statements <= STATEMENTS_MAX, "{statements} statements");
}
