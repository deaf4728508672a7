use seatkeeper_domain::{ProductId, UserOrder};
use seatkeeper_engine::{AssignedUserPage, ListAssignedUsers, PageStart, Selector, UserCursor};

use crate::fixture::{Fixture, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn those_of_a_selection_who_hold_a_product_are_listed(fixture: Fixture) {
        three_of_five_hold_the_suite(&fixture).await;
        let some = users(&["u5", "u2", "u1", "nobody"]);
        for (selector, expected) in [(Selector::All, "u1 u3 u5"), (some, "u1 u5")] {
            let found = list(&fixture, selector, "", PageStart::First, 10).await;
            assert_eq!(ids(&found), expected);
            assert_eq!(found.page.total, i64::try_from(found.page.users.len()).unwrap());
        }
    }

    async fn each_one_has_the_license_beside(fixture: Fixture) {
        three_of_five_hold_the_suite(&fixture).await;
        let found = list(&fixture, Selector::All, "display_name desc", PageStart::First, 2).await;
        assert_eq!(ids(&found), "u5 u3");
        let licenses = found.licenses.iter().flatten();
        let owners: Vec<_> = licenses.map(|license| license.user_id.as_str()).collect();
        assert_eq!(owners, ["u5", "u3"]);
    }

    async fn pages_go_both_ways(fixture: Fixture) {
        three_of_five_hold_the_suite(&fixture).await;
        for order in ["", "display_name", "sign_in_name", "update_time"] {
            let first = list(&fixture, Selector::All, order, PageStart::First, 2).await;
            assert_eq!((ids(&first).as_str(), first.page.has_next), ("u1 u3", true), "{order}");
            let last = first.page.users.last().unwrap();
            let after = PageStart::After(UserCursor::of(last, order_of(order)));
            let second = list(&fixture, Selector::All, order, after, 2).await;
            assert_eq!((ids(&second).as_str(), second.page.has_next), ("u5", false));
            let only = second.page.users.first().unwrap();
            let before = PageStart::Before(UserCursor::of(only, order_of(order)));
            let again = list(&fixture, Selector::All, order, before, 2).await;
            assert_eq!(again.page.users, first.page.users);
            let last = list(&fixture, Selector::All, order, PageStart::Last, 2).await;
            assert_eq!(ids(&last), "u3 u5");
        }
    }

    async fn a_product_without_holders_has_no_users(fixture: Fixture) {
        three_of_five_hold_the_suite(&fixture).await;
        let question = ListAssignedUsers {
            product: ProductId::parse("lite").unwrap(),
            ..question(&fixture, Selector::All, "display_name", PageStart::First, 2)
        };
        let found = fixture.engine.list_assigned_users(question).await.unwrap();
        assert_eq!((ids(&found).as_str(), found.page.total), ("", 0));
    }
}

async fn three_of_five_hold_the_suite(fixture: &Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 3).await;
    fixture.assign("suite", users(&["u1", "u3", "u5"])).await;
}

async fn list(
    fixture: &Fixture,
    selector: Selector,
    order: &str,
    start: PageStart<UserCursor>,
    limit: usize,
) -> AssignedUserPage {
    let question = question(fixture, selector, order, start, limit);
    fixture.engine.list_assigned_users(question).await.unwrap()
}

fn question(
    fixture: &Fixture,
    selector: Selector,
    order: &str,
    start: PageStart<UserCursor>,
    limit: usize,
) -> ListAssignedUsers {
    ListAssignedUsers {
        customer: fixture.customer.clone(),
        selector,
        product: ProductId::parse("suite").unwrap(),
        order: order_of(order),
        start,
        limit,
    }
}

fn order_of(text: &str) -> UserOrder {
    UserOrder::parse(text).unwrap()
}

fn ids(found: &AssignedUserPage) -> String {
    let users = found.page.users.iter();
    users
        .map(|user| user.id.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}
