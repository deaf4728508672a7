//! Statements use the index that they must use: their cost does not grow with the table.

mod licenses;
mod postgres;

use sea_orm::{DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Statement};
use seatkeeper_domain::{
    BatchKey, CustomerKey, ProductKey, RequestId, Timestamp, UserBlock, UserKey, UserOrder,
    UserOrderField, WaitlistSortKey,
};

use super::{explain, fixture};
use crate::entity::batch;
use crate::sql::batches::unfinished;
use crate::sql::entitlements::{Counter, addition};
use crate::sql::lanes::Lane;
use crate::sql::query::Query;
use crate::sql::{
    SqlStore, compaction, idempotency, journal, retention, selection_blocks, selections,
    user_keys_page, user_pages, user_writes, users, waitlist,
};
use crate::{EndedBatch, LicensePageQuery, PageStart, UserCursor, UserPageQuery, WaitlistQuery};

const CUSTOMER: CustomerKey = CustomerKey(1);

/// A page of the licenses of all users, not the first page.
fn everyones_licenses() -> LicensePageQuery {
    LicensePageQuery {
        users: None,
        product: None,
        after: Some((UserKey(3), ProductKey(1))),
        limit: 10,
    }
}

async fn expect(statement: impl FnOnce(&DatabaseConnection) -> Statement, step: &str) -> String {
    let (_directory, store) = fixture::sqlite().await;
    let plan = plan(&store, statement).await;
    assert!(plan.contains(step), "{plan}");
    plan
}

async fn plan(
    store: &SqlStore,
    statement: impl FnOnce(&DatabaseConnection) -> Statement,
) -> String {
    let db = store.pools.begin_read(Lane::Cheap).await.unwrap();
    explain::plan(&db, statement(&store.pools.writer)).await
}

#[tokio::test]
async fn unfinished_batches_are_found_by_their_index() {
    let batches = |db: &DatabaseConnection| {
        batch::Entity::find()
            .filter(unfinished())
            .order_by_asc(batch::Column::CustomerKey)
            .order_by_asc(batch::Column::BatchKey)
            .build(db.get_database_backend())
    };
    expect(batches, "batches_unfinished").await;
}

#[tokio::test]
async fn listed_users_are_looked_up_one_by_one() {
    let listed = |db: &DatabaseConnection| {
        let mut query = Query::new(db);
        let customer = query.bind(CUSTOMER.0);
        let listed = query.is_one_of("user_key", &[3, 900]);
        query.statement(format!(
            "SELECT user_id FROM users WHERE customer_key = {customer} AND {listed}"
        ))
    };
    expect(
        listed,
        "SEARCH users USING PRIMARY KEY (customer_key=? AND user_key=?)",
    )
    .await;
}

#[tokio::test]
async fn identifiers_are_resolved_by_their_index() {
    let ids = [fixture::user(1).id];
    let resolution = |db: &DatabaseConnection| users::resolution(db, CUSTOMER, &ids);
    expect(resolution, "users_by_id (customer_key=? AND user_id=?)").await;
}

#[tokio::test]
async fn listed_request_ids_are_looked_up_one_by_one() {
    let ids = ["one", "two"].map(|id| RequestId::parse(id).unwrap());
    let listed = |db: &DatabaseConnection| idempotency::listed(db, CUSTOMER, &ids);
    expect(
        listed,
        "SEARCH requests USING PRIMARY KEY (customer_key=? AND request_id=?)",
    )
    .await;
}

#[tokio::test]
async fn listed_entries_are_looked_up_one_by_one() {
    let listed = |db: &DatabaseConnection| journal::listed(db, CUSTOMER, &[3, 900]);
    expect(
        listed,
        "sqlite_autoindex_journal_1 (customer_key=? AND sequence=?)",
    )
    .await;
}

#[tokio::test]
async fn users_are_updated_by_their_key() {
    let users = [fixture::user(1).into_user(UserKey(1))];
    let replacement = |db: &DatabaseConnection| user_writes::replacement(db, CUSTOMER, &users);
    expect(
        replacement,
        "SEARCH users USING PRIMARY KEY (customer_key=? AND user_key=?)",
    )
    .await;
}

#[tokio::test]
async fn seats_are_counted_by_their_key() {
    let deltas = [(ProductKey(1), 1)];
    let addition = |db: &DatabaseConnection| addition(db, CUSTOMER, Counter::Assigned, &deltas);
    expect(addition, "PRIMARY KEY (customer_key=? AND product_key=?)").await;
}

#[tokio::test]
async fn queues_are_paged_in_the_order_of_their_key() {
    let page = WaitlistQuery {
        product: Some(ProductKey(1)),
        user: None,
        after: Some((
            ProductKey(1),
            WaitlistSortKey {
                rank: 0,
                sequence: 7,
            },
        )),
        limit: 10,
    };
    let selection = |db: &DatabaseConnection| waitlist::selection(db, CUSTOMER, &page).unwrap();
    let plan = expect(selection, "SEARCH w USING PRIMARY KEY (customer_key=?").await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn the_waitlist_entries_of_a_user_are_found_by_index() {
    let page = WaitlistQuery {
        user: Some(UserKey(3)),
        limit: 10,
        ..WaitlistQuery::default()
    };
    let selection = |db: &DatabaseConnection| waitlist::selection(db, CUSTOMER, &page).unwrap();
    expect(
        selection,
        "USING COVERING INDEX waitlist_by_user (customer_key=? AND user_key=?)",
    )
    .await;
}

#[tokio::test]
async fn users_of_a_page_that_are_listed_are_looked_up_one_by_one() {
    let page = UserPageQuery {
        filter: None,
        order: UserOrder {
            field: UserOrderField::DisplayName,
            descending: false,
        },
        start: PageStart::First,
        limit: 100,
    };
    let listed = |db: &DatabaseConnection| {
        let users = [UserKey(3), UserKey(900)];
        user_pages::select_of(db, CUSTOMER, &users, &page).build(db.get_database_backend())
    };
    expect(
        listed,
        "SEARCH users USING PRIMARY KEY (customer_key=? AND user_key=?)",
    )
    .await;
}

#[tokio::test]
async fn queues_that_are_due_are_found_by_their_index() {
    let due = |db: &DatabaseConnection| {
        let now = Timestamp::from_micros(1);
        waitlist::due_at(now).build(db.get_database_backend())
    };
    expect(due, "entitlements_due").await;
}

#[tokio::test]
async fn a_page_of_user_keys_seeks_in_the_index_of_its_order() {
    let page = UserPageQuery {
        filter: None,
        order: UserOrder {
            field: UserOrderField::DisplayName,
            descending: true,
        },
        start: PageStart::After(UserCursor::Text("m".to_owned(), UserKey(5))),
        limit: 100,
    };
    let statement = |db: &DatabaseConnection| user_keys_page::statement(db, CUSTOMER, &page);
    let plan = expect(
        statement,
        "INDEX users_by_display_name \
         (customer_key=? AND (display_name_case_folded,user_key)<(?,?))",
    )
    .await;
    assert!(!plan.contains("FOR ORDER BY"), "{plan}");
}

#[tokio::test]
async fn expired_selections_are_found_by_their_index() {
    let expired = |db: &DatabaseConnection| {
        selections::expired_at(Timestamp::from_micros(1), 10).build(db.get_database_backend())
    };
    let plan = expect(expired, "selections_by_expire_time (expire_time<?)").await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn a_block_of_every_selection_is_found_by_its_index() {
    let block = |db: &DatabaseConnection| {
        selection_blocks::of_block(CUSTOMER, UserBlock::of(UserKey(5)), 0)
            .build(db.get_database_backend())
    };
    expect(
        block,
        "selection_blocks_by_block (customer_key=? AND block=? AND selection_key>?)",
    )
    .await;
}

#[tokio::test]
async fn batches_that_ended_are_found_by_their_index() {
    let now = Timestamp::from_micros(1);
    let after = EndedBatch {
        end_time: now,
        customer: CUSTOMER,
        batch: BatchKey(1),
    };
    let ended = |db: &DatabaseConnection| {
        retention::ended(now, Some(after), 10).build(db.get_database_backend())
    };
    let plan = expect(ended, "batches_by_end_time").await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn customers_of_old_idempotency_records_are_found_by_the_index_of_their_times() {
    let now = Timestamp::from_micros(1);
    let customers = |db: &DatabaseConnection| {
        retention::customers_of_old_idempotency_records(now, 10).build(db.get_database_backend())
    };
    let plan = expect(customers, "requests_by_create_time (create_time<?").await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn journals_that_begin_long_ago_are_found_by_their_index() {
    let now = Timestamp::from_micros(1);
    let begun = |db: &DatabaseConnection| {
        compaction::begun(now, Some((now, CUSTOMER)), 10).build(db.get_database_backend())
    };
    let plan = expect(begun, "customers_by_journal_begin_time").await;
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}
