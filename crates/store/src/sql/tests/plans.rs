//! Statements that must use an index do: what they cost may not grow with the table.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, QueryFilter, QueryOrder, QueryTrait, Statement,
};

use super::fixture;
use crate::entity::{batch, user};
use crate::sql::batches::unfinished;
use crate::sql::filter::folded;
use crate::sql::query::Query;
use sea_orm::{ColumnTrait, EntityTrait};

async fn plan(db: &DatabaseConnection, mut statement: Statement) -> String {
    statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let rows = db.query_all_raw(statement).await.unwrap();
    let lines = rows
        .iter()
        .map(|row| row.try_get::<String>("", "detail").unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn pages_in_the_order_of_names_need_no_sort() {
    let (_directory, store) = fixture::sqlite().await;
    let db = &store.pools.reader;
    let query = user::Entity::find()
        .filter(user::Column::CustomerKey.eq(1))
        .order_by_asc(folded(user::Column::DisplayName))
        .order_by_asc(user::Column::UserKey)
        .build(db.get_database_backend());
    let plan = plan(db, query).await;
    assert!(plan.contains("users_by_display_name"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn unfinished_batches_are_found_by_their_index() {
    let (_directory, store) = fixture::sqlite().await;
    let db = &store.pools.reader;
    let query = batch::Entity::find()
        .filter(unfinished())
        .order_by_asc(batch::Column::CustomerKey)
        .order_by_asc(batch::Column::BatchKey)
        .build(db.get_database_backend());
    let plan = plan(db, query).await;
    assert!(plan.contains("batches_unfinished"), "{plan}");
}

#[tokio::test]
async fn listed_users_are_sought_one_by_one() {
    let (_directory, store) = fixture::sqlite().await;
    let db = &store.pools.reader;
    let mut query = Query::new(db);
    let customer = query.bind(1_i64);
    let listed = query.is_one_of("user_key", &[3, 900]);
    let text = format!("SELECT user_id FROM users WHERE customer_key = {customer} AND {listed}");
    let plan = plan(db, query.statement(text)).await;
    assert!(
        plan.contains("SEARCH users USING PRIMARY KEY (customer_key=? AND user_key=?)"),
        "{plan}"
    );
}

#[tokio::test]
async fn identifiers_are_resolved_by_their_index() {
    let (_directory, store) = fixture::sqlite().await;
    let db = &store.pools.reader;
    let mut query = Query::new(db);
    let customer = query.bind(1_i64);
    let listed = query.texts(vec!["a".to_owned()]);
    let text = format!(
        "SELECT listed.place, users.user_key FROM {listed} JOIN users \
         ON users.customer_key = {customer} AND users.user_id = listed.value"
    );
    let plan = plan(db, query.statement(text)).await;
    assert!(
        plan.contains("users_by_id (customer_key=? AND user_id=?)"),
        "{plan}"
    );
}
