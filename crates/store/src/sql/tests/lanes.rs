//! Expensive reads never occupy all connections.

use futures::poll;
use seatkeeper_domain::{
    CustomerKey, ProductKey, SelectionKey, TextMatch, UserFilter, UserKey, UserOrder, UserTextField,
};

use super::fixture;
use crate::sql::reading::Reading;
use crate::{PageStart, SelectQuery, SqlStore, Store, UserPageQuery};

fn filter() -> UserFilter {
    UserFilter::Text {
        field: UserTextField::Department,
        matcher: TextMatch::Prefix("sales".to_owned()),
    }
}

fn page(filter: Option<UserFilter>) -> UserPageQuery {
    UserPageQuery {
        filter,
        order: UserOrder::default(),
        start: PageStart::First,
        limit: 10,
    }
}

/// Takes as many expensive reads as possible: half of the connections.
async fn all_of_the_lane(store: &SqlStore, half: usize) -> Vec<Reading> {
    let mut taken = Vec::new();
    for _ in 0..half {
        taken.push(store.pools.read_much().await.unwrap());
    }
    let mut further = Box::pin(store.pools.read_much());
    assert!(poll!(&mut further).is_pending());
    taken
}

/// Checks that a read waits for the lane, and runs when a permit becomes free.
macro_rules! waits {
    ($store:expr, $taken:expr, $read:expr) => {
        let mut read = Box::pin($read);
        for _ in 0..10 {
            assert!(poll!(&mut read).is_pending(), "{}", stringify!($read));
            // By then the read would have run if it had a connection.
            $store.pools.read().await.unwrap();
        }
        $taken.pop();
        read.await.unwrap();
        $taken.push($store.pools.read_much().await.unwrap());
    };
}

async fn expensive_reads_leave_half(store: &SqlStore, half: usize) {
    let customer = fixture::populate(store, 3).await;
    let mut taken = all_of_the_lane(store, half).await;
    cheap_reads_are_answered(store, customer).await;
    let filter = filter();
    let (searched, all) = (page(Some(filter.clone())), page(None));
    waits!(store, taken, store.list_users(customer, &searched));
    waits!(store, taken, store.count_users(customer, Some(&filter)));
    let select = SelectQuery {
        filter: Some(filter.clone()),
        after: UserKey(0),
        up_to: UserKey(3),
        limit: 3,
    };
    waits!(store, taken, store.select_users(customer, &select));
    waits!(store, taken, store.list_user_keys(customer, &all));
    waits!(store, taken, store.holders(customer, ProductKey(1)));
    let products = [ProductKey(1)];
    waits!(
        store,
        taken,
        store.count_licenses(customer, &products, None)
    );
    waits!(
        store,
        taken,
        store.selection_users(customer, SelectionKey(1))
    );
    waits!(store, taken, store.snapshot(customer));
}

async fn cheap_reads_are_answered(store: &SqlStore, customer: CustomerKey) {
    let id = fixture::user(1).id;
    assert!(store.user(customer, &id).await.unwrap().is_some());
    assert!(store.customer_by_key(customer).await.unwrap().is_some());
    assert_eq!(
        store.list_users(customer, &page(None)).await.unwrap().len(),
        3
    );
    assert_eq!(store.entitlements(customer, None).await.unwrap(), []);
}

#[tokio::test]
async fn expensive_reads_leave_half_of_the_connections_on_sqlite() {
    let (_directory, store) = fixture::sqlite().await;
    expensive_reads_leave_half(&store, 2).await;
}

#[tokio::test]
async fn expensive_reads_leave_half_of_the_connections_on_postgres() {
    let (_database, store) = fixture::postgres().await;
    expensive_reads_leave_half(&store, 4).await;
}
