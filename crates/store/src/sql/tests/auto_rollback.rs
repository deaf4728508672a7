//! When the disk is full, SQLite ends a transaction by itself, without the driver's knowledge.

use sea_orm::ConnectionTrait;

use super::fixture;
use crate::Store;

#[tokio::test]
async fn a_transaction_that_sqlite_ends_by_itself_is_no_part_of_later_ones() {
    let (_directory, store) = fixture::sqlite().await;
    let customer = fixture::customer(&store).await.key;
    let ended = store.pools.begin_write().await.unwrap();
    ended.execute_unprepared("ROLLBACK").await.unwrap();
    drop(ended);

    let mut given_up = store.lock_customer(customer).await.unwrap().unwrap();
    given_up.insert_users(vec![fixture::user(1)]).await.unwrap();
    drop(given_up);
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    assert_eq!(tx.customer().user_count, 0, "the drop rolls back");
    tx.insert_users(vec![fixture::user(1)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.count_users(customer, None).await.unwrap(), 1);
}
