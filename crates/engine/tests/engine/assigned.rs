use seatkeeper_domain::{ProductId, UserOrder};
use seatkeeper_engine::{AssignedUserPage, ListAssignedUsers, PageStart, Selector, UserCursor};

use crate::stores::on_every_store;
use crate::world::{World, users};

on_every_store! {
    async fn those_of_a_selection_who_hold_a_product_are_listed(world: World) {
        three_of_five_hold_the_suite(&world).await;
        let some = users(&["u5", "u2", "u1", "nobody"]);
        for (selector, expected) in [(Selector::All, "u1 u3 u5"), (some, "u1 u5")] {
            let found = list(&world, selector, "", PageStart::First, 10).await;
            assert_eq!(ids(&found), expected);
            assert_eq!(found.page.total, i64::try_from(found.page.users.len()).unwrap());
        }
    }

    async fn each_one_has_the_license_beside(world: World) {
        three_of_five_hold_the_suite(&world).await;
        let found = list(&world, Selector::All, "display_name desc", PageStart::First, 2).await;
        assert_eq!(ids(&found), "u5 u3");
        let licenses = found.licenses.iter().flatten();
        let owners: Vec<_> = licenses.map(|license| license.user_id.as_str()).collect();
        assert_eq!(owners, ["u5", "u3"]);
    }

    async fn pages_go_both_ways(world: World) {
        three_of_five_hold_the_suite(&world).await;
        for order in ["", "display_name", "principal_name", "update_time"] {
            let first = list(&world, Selector::All, order, PageStart::First, 2).await;
            assert_eq!((ids(&first).as_str(), first.page.has_next), ("u1 u3", true), "{order}");
            let last = first.page.users.last().unwrap();
            let after = PageStart::After(UserCursor::of(last, order_of(order)));
            let second = list(&world, Selector::All, order, after, 2).await;
            assert_eq!((ids(&second).as_str(), second.page.has_next), ("u5", false));
            let only = second.page.users.first().unwrap();
            let before = PageStart::Before(UserCursor::of(only, order_of(order)));
            let again = list(&world, Selector::All, order, before, 2).await;
            assert_eq!(again.page.users, first.page.users);
            let last = list(&world, Selector::All, order, PageStart::Last, 2).await;
            assert_eq!(ids(&last), "u3 u5");
        }
    }

    async fn a_product_that_nobody_holds_has_no_users(world: World) {
        three_of_five_hold_the_suite(&world).await;
        let question = ListAssignedUsers {
            product: ProductId::parse("lite").unwrap(),
            ..question(&world, Selector::All, "display_name", PageStart::First, 2)
        };
        let found = world.engine.list_assigned_users(question).await.unwrap();
        assert_eq!((ids(&found).as_str(), found.page.total), ("", 0));
    }
}

async fn three_of_five_hold_the_suite(world: &World) {
    world.add_users(5).await;
    world.buy("suite", 3).await;
    world.assign("suite", users(&["u1", "u3", "u5"])).await;
}

async fn list(
    world: &World,
    selector: Selector,
    order: &str,
    start: PageStart<UserCursor>,
    limit: usize,
) -> AssignedUserPage {
    let question = question(world, selector, order, start, limit);
    world.engine.list_assigned_users(question).await.unwrap()
}

fn question(
    world: &World,
    selector: Selector,
    order: &str,
    start: PageStart<UserCursor>,
    limit: usize,
) -> ListAssignedUsers {
    ListAssignedUsers {
        customer: world.customer.clone(),
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
