//! Every page of users, in every order, is found by an index and read in its order. Its cost grows
//! neither with the directory nor with the number of users that share a value.

use sea_orm::{ConnectionTrait, DbBackend, QueryTrait};
use seatkeeper_domain::{
    CustomerKey, TextMatch, Timestamp, UserFilter, UserKey, UserOrder, UserOrderField,
    UserTextField,
};

use super::{explain, fixture};
use crate::sql::lanes::Lane;
use crate::sql::user_pages::select;
use crate::sql::{SqlStore, custom_plan};
use crate::{PageStart, UserCursor, UserPageQuery};

/// Enough users for PostgreSQL's planner to choose the plan that it would choose for a million.
const USERS: i64 = 5_000;

/// How the plans of an engine describe the index of an order.
struct Index {
    name: &'static str,
    /// The condition that seeks after, and before, a cursor.
    seeks: [&'static str; 2],
}

#[tokio::test]
async fn sqlite_reads_pages_from_their_index() {
    let (_directory, store) = fixture::sqlite().await;
    let customer = fixture::populate(&store, USERS).await;
    let index = |field| match field {
        UserOrderField::DirectoryOrder => Index {
            name: "PRIMARY KEY",
            seeks: [
                "(customer_key=? AND user_key>?)",
                "(customer_key=? AND user_key<?)",
            ],
        },
        UserOrderField::DisplayName => Index {
            name: "users_by_display_name",
            seeks: [
                "(customer_key=? AND (display_name_case_folded,user_key)>(?,?))",
                "(customer_key=? AND (display_name_case_folded,user_key)<(?,?))",
            ],
        },
        UserOrderField::SignInName => Index {
            name: "users_by_sign_in_name",
            seeks: [
                "(customer_key=? AND (sign_in_name_case_folded,user_key)>(?,?))",
                "(customer_key=? AND (sign_in_name_case_folded,user_key)<(?,?))",
            ],
        },
        UserOrderField::UpdateTime => Index {
            name: "users_by_update_time",
            seeks: [
                "(customer_key=? AND (update_time,user_key)>(?,?))",
                "(customer_key=? AND (update_time,user_key)<(?,?))",
            ],
        },
    };
    let db = store.pools.begin_read(Lane::Cheap).await.unwrap();
    expect_pages(&db, customer, index).await;
}

#[tokio::test]
async fn postgres_reads_pages_from_their_index() {
    let (_database, store) = fixture::postgres().await;
    let customer = fixture::populate(&store, USERS).await;
    let db = store.pools.begin_read(Lane::Cheap).await.unwrap();
    let index = |field| match field {
        UserOrderField::DirectoryOrder => Index {
            name: "users_pkey",
            seeks: ["(user_key > ", "(user_key < "],
        },
        UserOrderField::DisplayName => Index {
            name: "users_by_display_name",
            seeks: [
                "(ROW(display_name_case_folded, user_key) > ROW(",
                "(ROW(display_name_case_folded, user_key) < ROW(",
            ],
        },
        UserOrderField::SignInName => Index {
            name: "users_by_sign_in_name",
            seeks: [
                "(ROW(sign_in_name_case_folded, user_key) > ROW(",
                "(ROW(sign_in_name_case_folded, user_key) < ROW(",
            ],
        },
        UserOrderField::UpdateTime => Index {
            name: "users_by_update_time",
            seeks: [
                "(ROW(update_time, user_key) > ROW(",
                "(ROW(update_time, user_key) < ROW(",
            ],
        },
    };
    expect_pages(&db, customer, index).await;
}

#[tokio::test]
async fn few_who_match_a_prefix_are_looked_up_by_it() {
    let (_directory, sqlite) = fixture::sqlite().await;
    let (_database, postgres) = fixture::postgres().await;
    for (store, seek) in [
        (
            &sqlite,
            "(customer_key=? AND sign_in_name_case_folded>? AND sign_in_name_case_folded<?)",
        ),
        (&postgres, "(sign_in_name_case_folded >= 'user12'"),
    ] {
        let customer = fixture::populate(store, USERS).await;
        let field = UserOrderField::SignInName;
        let plan = search(store, customer, field, "user12").await;
        assert!(plan.contains("users_by_sign_in_name"), "{plan}");
        assert!(plan.contains(seek), "{plan}");
    }
}

#[tokio::test]
async fn many_who_match_a_prefix_are_read_in_the_order_asked_for_on_postgres() {
    let (_database, store) = fixture::postgres().await;
    let customer = fixture::populate(&store, USERS).await;
    for (field, index) in [
        (UserOrderField::DirectoryOrder, "users_pkey"),
        (UserOrderField::DisplayName, "users_by_display_name"),
    ] {
        let plan = search(&store, customer, field, "user").await;
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Sort"), "{plan}");
        // The planner reads a large table in this order only if it knows the value, a small one in
        // any case.
        assert!(
            plan.contains("(sign_in_name_case_folded >= 'user'"),
            "{plan}"
        );
    }
}

/// The plan for a page of users whose sign-in name has a prefix.
async fn search(
    store: &SqlStore,
    customer: CustomerKey,
    field: UserOrderField,
    prefix: &str,
) -> String {
    if store.pools.writer.get_database_backend() == DbBackend::Postgres {
        let writer = &store.pools.writer;
        writer.execute_unprepared("ANALYZE users").await.unwrap();
    }
    let page = UserPageQuery {
        filter: Some(UserFilter::Text {
            field: UserTextField::SignInName,
            matcher: TextMatch::Prefix(prefix.to_owned()),
        }),
        ..page(order(field, false), PageStart::First)
    };
    let db = custom_plan::begin(&store.pools).await.unwrap();
    plan(&db, customer, &page).await
}

async fn expect_pages(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    index_of: impl Fn(UserOrderField) -> Index,
) {
    for (field, cursor) in cursors() {
        let index = index_of(field);
        for descending in [false, true] {
            let [after, before] = if descending { [1, 0] } else { [0, 1] };
            let pages = [
                (PageStart::First, None),
                (PageStart::After(cursor.clone()), Some(after)),
                (PageStart::Before(cursor.clone()), Some(before)),
                (PageStart::Last, None),
            ];
            for (start, seek) in pages {
                let page = page(order(field, descending), start);
                let plan = plan(db, customer, &page).await;
                let explained = format!("{:?} {:?}\n{plan}", page.order, page.start);
                assert!(plan.contains(index.name), "{explained}");
                assert!(!plan.contains("TEMP B-TREE"), "{explained}");
                assert!(!plan.contains("Sort"), "{explained}");
                if let Some(seek) = seek {
                    assert!(plan.contains(index.seeks[seek]), "{explained}");
                    assert!(!plan.contains("Filter"), "{explained}");
                }
            }
        }
    }
}

/// A cursor in the middle of each order.
fn cursors() -> [(UserOrderField, UserCursor); 4] {
    let key = UserKey(2_000);
    let time = Timestamp::from_micros(2_000);
    [
        (UserOrderField::DirectoryOrder, UserCursor::Directory(key)),
        (
            UserOrderField::DisplayName,
            UserCursor::Text("user 2000".to_owned(), key),
        ),
        (
            UserOrderField::SignInName,
            UserCursor::Text("user2000@contoso.com".to_owned(), key),
        ),
        (UserOrderField::UpdateTime, UserCursor::Time(time, key)),
    ]
}

fn order(field: UserOrderField, descending: bool) -> UserOrder {
    UserOrder { field, descending }
}

fn page(order: UserOrder, start: PageStart<UserCursor>) -> UserPageQuery {
    UserPageQuery {
        filter: None,
        order,
        start,
        limit: 101,
    }
}

async fn plan(db: &impl ConnectionTrait, customer: CustomerKey, page: &UserPageQuery) -> String {
    let statement = select(customer, page).build(db.get_database_backend());
    explain::plan(db, statement).await
}
