//! What a chunk costs, and a group of calls, in statements: counts, so that they are the same on any
//! machine.

use std::time::Duration;

use seatkeeper_engine::{Limits, Selector, UpdateUserLicenses};

use crate::fixture::{CHUNK, Fixture, limits, request_id};
use crate::group_commit::{group_commit, update};
use crate::stores::{TestStore, postgres, sqlite};

/// Chunks by which the larger batch exceeds the smaller one.
const MORE_CHUNKS: usize = 20;

/// Runs of which the one with the fewest statements counts.
const RUNS: usize = 4;

/// Statements of one more chunk, at most: reading its segment and its state; the customer, the batch
/// and the entitlements; licenses, seats, journal, batch and customer written; the sets of holders
/// read and written. To that come those that froze its segment, half a step of two segments, and
/// those of whoever looks on.
const STATEMENTS_MAX: usize = 20;

/// Calls that wait together.
const CALLS: usize = 64;

/// Statements of a group of calls, however many it has: the customer found, locked and written; the
/// catalog's version; the calls' request ids, users and entitlements; what the users hold; licenses
/// assigned and revoked, holders read and written, seats and journal; request ids looked for once
/// more and remembered. To that come those of whoever looks for work.
const GROUP_STATEMENTS_MAX: usize = 30;

/// A fixture whose server does nothing by itself meanwhile, so that slow machines count the same.
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

/// The most of what calls under request ids take that wait together, of which one half assigns
/// products and the other revokes one, and of what it takes to ask for the same once more.
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
    // The second time, all have been done before.
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

/// The fewest of some runs: whoever looks on, and whatever looks for work from time to time, only
/// adds statements.
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
