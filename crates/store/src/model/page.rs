use std::cmp::Ordering;

use seatkeeper_domain::{User, UserOrder, UserOrderField, fold_case};

use crate::{PageStart, UserCursor, UserPageQuery};

/// One page of the users that match a query's filter, in its order.
pub(super) fn of_users<'a>(
    matching: impl Iterator<Item = &'a User>,
    query: &UserPageQuery,
) -> Vec<User> {
    let mut users: Vec<_> = matching.collect();
    users.sort_by(|a, b| query.order.compare(a, b));
    let position = |cursor: &UserCursor, wanted: Ordering| {
        users.partition_point(|user| compare(query.order, user, cursor) < wanted)
    };
    let (first, end) = match &query.start {
        PageStart::First => (0, query.limit),
        PageStart::After(cursor) => {
            let first = position(cursor, Ordering::Greater);
            (first, first.saturating_add(query.limit))
        }
        PageStart::Before(cursor) => {
            let end = position(cursor, Ordering::Equal);
            (end.saturating_sub(query.limit), end)
        }
        PageStart::Last => (users.len().saturating_sub(query.limit), users.len()),
    };
    let page = &users[first..end.min(users.len())];
    page.iter().map(|&user| user.clone()).collect()
}

/// The position of `user` relative to `cursor` in `order`.
fn compare(order: UserOrder, user: &User, cursor: &UserCursor) -> Ordering {
    let text = |text: &str, folded: &String| fold_case(text).cmp(folded);
    let ascending = match (order.field, cursor) {
        (UserOrderField::DisplayName, UserCursor::Text(folded, key)) => {
            text(&user.display_name, folded).then(user.key.cmp(key))
        }
        (UserOrderField::SignInName, UserCursor::Text(folded, key)) => {
            text(&user.sign_in_name, folded).then(user.key.cmp(key))
        }
        (UserOrderField::UpdateTime, UserCursor::Time(time, key)) => {
            user.update_time.cmp(time).then(user.key.cmp(key))
        }
        // A cursor of another order is compared by its key alone.
        (_, UserCursor::Directory(key) | UserCursor::Text(_, key) | UserCursor::Time(_, key)) => {
            user.key.cmp(key)
        }
    };
    if order.descending {
        ascending.reverse()
    } else {
        ascending
    }
}
