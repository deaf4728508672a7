//! The database cost of a chunk: statements, rows and bytes. These counts are the same on every
//! machine, and a test fails when they grow.

use std::path::Path;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use seatkeeper_domain::{
    BatchKey, BatchSpan, CatalogVersion, ChunkPlan, CustomerKey, Decision, Entitlement,
    LicenseChanges, Outcome, PlanSet, Principal, ProductDecision, ProductKey, RelevantProducts,
    Timestamp, UserId, UserKey,
};

use super::fixture;
use crate::{NewUser, Selected, SelectedUser, SqlStore, Store};

const USERS: usize = 5_000;
const PRODUCT: ProductKey = ProductKey(1);
const TIME: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

/// The store's statements for a chunk: load the state, write licenses, read and write holders,
/// seats, journal entry, lock the customer's row, write it at commit.
const STATEMENTS: u64 = 8;

/// Rows that are not licenses: holders, seats, journal entry, customer.
const OTHER_ROWS: i64 = 4;

/// Bytes per user in a journal entry: a GUID takes sixteen.
const JOURNAL_BYTES_MAX: usize = 17;

/// Bytes per user in the write-ahead log: a license of about thirty bytes, and the journal.
const LOG_BYTES_MAX: usize = 90;

/// An identifier with random digits.
fn guid(number: i64) -> UserId {
    let high = number.wrapping_mul(0x5851_f42d_4c95_7f2d).cast_unsigned();
    let low = (number + 77)
        .wrapping_mul(0x2545_f491_4f6c_dd1d)
        .cast_unsigned();
    let text = format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    );
    UserId::parse(&text).unwrap()
}

/// A customer with users who have no licenses, and seats for them.
async fn customer_with_users(store: &SqlStore) -> CustomerKey {
    let customer = fixture::customer(store).await.key;
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let users = (1..=i64::try_from(USERS).unwrap()).map(|number| NewUser {
        id: guid(number),
        ..fixture::user(number)
    });
    tx.insert_users(users.collect()).await.unwrap();
    let entitlement = Entitlement {
        product: PRODUCT,
        purchases: Vec::new(),
        assigned: 0,
        reserved: 0,
        waitlisted: 0,
        revision: 1,
        create_time: TIME,
        update_time: TIME,
    };
    tx.save_entitlement(&entitlement).await.unwrap();
    tx.commit().await.unwrap();
    customer
}

/// Assigns a product to all users in one chunk.
async fn assign_to_all(store: &SqlStore, customer: CustomerKey) {
    let selected: Vec<Selected> = (1..=i64::try_from(USERS).unwrap())
        .map(|key| Selected {
            user: SelectedUser::Known(UserKey(key)),
            request_index: None,
        })
        .collect();
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let loaded = tx
        .load_chunk(&selected, &RelevantProducts::All)
        .await
        .unwrap();
    let assigned = ProductDecision {
        product: PRODUCT,
        outcome: Outcome::Assigned,
        before: None,
        after: Some(PlanSet::new()),
        violations: Vec::new(),
        warnings: Vec::new(),
    };
    let changes = LicenseChanges {
        span: Some(BatchSpan {
            batch: BatchKey(1),
            first_result: 1,
        }),
        catalog_version: CatalogVersion(1),
        members: loaded.members,
        plan: ChunkPlan {
            decisions: vec![Decision {
                products: vec![assigned],
                held_after: None,
            }],
            members: vec![0; USERS],
        },
    };
    tx.record_licenses(TIME, &Principal::local(), changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// The number that a query returns.
async fn number(store: &SqlStore, query: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Sqlite, query);
    let row = store.pools.writer.query_one_raw(statement).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

fn log_bytes(directory: &Path) -> usize {
    let log = directory.join("seatkeeper.db-wal");
    usize::try_from(log.metadata().unwrap().len()).unwrap()
}

#[tokio::test]
async fn a_chunk_takes_few_statements_on_sqlite() {
    let (_directory, store) = fixture::sqlite().await;
    let customer = customer_with_users(&store).await;
    let before = store.statement_count();
    assign_to_all(&store, customer).await;
    assert_eq!(store.statement_count() - before, STATEMENTS);
}

#[tokio::test]
async fn a_chunk_takes_few_statements_on_postgres() {
    let (_database, store) = fixture::postgres().await;
    let customer = customer_with_users(&store).await;
    let before = store.statement_count();
    assign_to_all(&store, customer).await;
    assert_eq!(store.statement_count() - before, STATEMENTS);
}

#[tokio::test]
async fn a_chunk_writes_a_row_a_license() {
    let (_directory, store) = fixture::sqlite().await;
    let customer = customer_with_users(&store).await;
    let before = number(&store, "SELECT total_changes()").await;
    assign_to_all(&store, customer).await;
    let written = number(&store, "SELECT total_changes()").await - before;
    assert_eq!(written, i64::try_from(USERS).unwrap() + OTHER_ROWS);
}

#[tokio::test]
async fn a_chunk_writes_few_bytes_a_user() {
    let (directory, store) = fixture::sqlite().await;
    let customer = customer_with_users(&store).await;
    number(&store, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    assign_to_all(&store, customer).await;
    let logged = log_bytes(directory.path()) / USERS;
    assert!(logged <= LOG_BYTES_MAX, "{logged} bytes of log per user");
    let payloads = "SELECT length(payload) FROM journal WHERE batch_key = 1";
    let journaled = usize::try_from(number(&store, payloads).await).unwrap() / USERS;
    assert!(
        journaled <= JOURNAL_BYTES_MAX,
        "{journaled} bytes of journal per user"
    );
}
