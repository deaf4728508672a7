//! Pages of a set of users, in any order, never by OFFSET.
//!
//! In directory order the set itself yields the page. In any other order there are two ways. Either
//! the order's index is *scanned* from the start of the page, and the users in the set are kept:
//! cheap for a large set. Or all users of the set are *looked up*, and the database keeps the first
//! of them: cheap for a small set. To find one user, a scan is expected to read as many users as
//! the directory has for each user of the set, so the cheaper way is known in advance. The
//! expectation may be wrong if the set's users are close together in the order. A scan that has
//! cost as much as the lookup is therefore replaced by it: no page costs more than twice the
//! cheaper way.

use std::collections::HashMap;

use seatkeeper_domain::{Customer, User, UserKey, UserOrder, UserOrderField, UserSet};
use seatkeeper_store::{PageStart, UserCursor, UserPageQuery};

use crate::directory::cut;
use crate::{Engine, EngineResult, UserPage};

/// Looking up one user costs about as much as scanning this many.
const LOOK_UP_COST: i64 = 8;

/// The page of a set to return.
#[derive(Debug, Clone)]
pub(crate) struct SetPage {
    pub(crate) order: UserOrder,
    pub(crate) start: PageStart<UserCursor>,
    pub(crate) limit: usize,
}

impl Engine {
    /// A page of the users of a set, without users deleted since the set was read.
    pub(crate) async fn page_of_set(
        &self,
        customer: &Customer,
        set: &UserSet,
        page: SetPage,
    ) -> EngineResult<UserPage> {
        let wanted = page.limit + 1;
        let found = if page.order.field == UserOrderField::DirectoryOrder {
            Some(in_directory_order(set, &page, wanted))
        } else {
            self.filter_page(customer, set, &page, wanted).await?
        };
        let (users, neighbors) = match found {
            Some(mut keys) => {
                let neighbors = cut(&mut keys, &page.start, page.limit);
                (self.users_under(customer, &keys).await?, neighbors)
            }
            None => {
                let mut users = self.look_up(customer, set, &page, wanted).await?;
                let neighbors = cut(&mut users, &page.start, page.limit);
                (users, neighbors)
            }
        };
        Ok(neighbors.page(users, set.len()))
    }

    /// Scans the order's index; `None` when looking up is cheaper.
    async fn filter_page(
        &self,
        customer: &Customer,
        set: &UserSet,
        page: &SetPage,
        wanted: usize,
    ) -> EngineResult<Option<Vec<UserKey>>> {
        let backward = page.start.is_backward();
        let budget = set.len().saturating_mul(LOOK_UP_COST);
        let expected = length(wanted).saturating_mul(customer.user_count) / set.len().max(1);
        if expected > budget {
            return Ok(None);
        }
        let mut left = budget;
        let mut found = Vec::new();
        let mut start = page.start.clone();
        // A little more than expected, so that one scan is usually enough.
        let mut scan_length = expected + expected / 4 + length(wanted);
        loop {
            let limit = self.scan_limit(scan_length);
            let query = UserPageQuery {
                filter: None,
                order: page.order,
                start,
                limit,
            };
            let keys = self.core.store.list_user_keys(customer.key, &query).await?;
            let members = keys.users.iter().filter(|user| set.contains(**user));
            found.extend(members.take(wanted - found.len()));
            let at_end = keys.users.len() < limit;
            let Some(end) = keys.end.filter(|_| found.len() < wanted && !at_end) else {
                break;
            };
            left -= length(limit);
            if left <= 0 {
                return Ok(None);
            }
            start = if backward {
                PageStart::Before(end)
            } else {
                PageStart::After(end)
            };
            scan_length = scan_length.saturating_mul(2);
        }
        if backward {
            found.reverse();
        }
        Ok(Some(found))
    }

    fn scan_limit(&self, wanted: i64) -> usize {
        let max = self.core.limits.user_keys_per_step;
        usize::try_from(wanted).map_or(max, |wanted| wanted.min(max))
    }

    /// Looks up the whole set in several steps, and keeps the users closest to the start of the
    /// page.
    async fn look_up(
        &self,
        customer: &Customer,
        set: &UserSet,
        page: &SetPage,
        wanted: usize,
    ) -> EngineResult<Vec<User>> {
        let query = UserPageQuery {
            filter: None,
            order: page.order,
            start: page.start.clone(),
            limit: wanted,
        };
        let step = self.core.limits.look_up_users_per_step;
        let mut nearest: Vec<User> = Vec::new();
        let mut after = UserKey(0);
        loop {
            let part: Vec<UserKey> = set.iter_after(after).take(step).collect();
            let Some(&last) = part.last() else {
                return Ok(nearest);
            };
            after = last;
            let store = &self.core.store;
            nearest.extend(store.list_users_of(customer.key, &part, &query).await?);
            nearest.sort_by(|a, b| page.order.compare(a, b));
            if page.start.is_backward() {
                nearest.drain(..nearest.len().saturating_sub(wanted));
            } else {
                nearest.truncate(wanted);
            }
        }
    }

    /// The users with these keys, in this order.
    async fn users_under(&self, customer: &Customer, keys: &[UserKey]) -> EngineResult<Vec<User>> {
        let query = UserPageQuery {
            filter: None,
            order: UserOrder::default(),
            start: PageStart::First,
            limit: keys.len(),
        };
        let store = &self.core.store;
        let users = store.list_users_of(customer.key, keys, &query).await?;
        let mut users: HashMap<UserKey, User> =
            users.into_iter().map(|user| (user.key, user)).collect();
        Ok(keys.iter().filter_map(|key| users.remove(key)).collect())
    }
}

/// The users of a page in directory order.
fn in_directory_order(set: &UserSet, page: &SetPage, wanted: usize) -> Vec<UserKey> {
    let key_of = |cursor: &UserCursor| match cursor {
        UserCursor::Directory(key) | UserCursor::Text(_, key) | UserCursor::Time(_, key) => *key,
    };
    let backward = page.start.is_backward();
    let descending = page.order.descending != backward;
    let (after, before) = match &page.start {
        PageStart::First | PageStart::Last => (UserKey(0), UserKey(i64::MAX)),
        PageStart::After(cursor) | PageStart::Before(cursor) => (key_of(cursor), key_of(cursor)),
    };
    let mut users: Vec<UserKey> = if descending {
        set.iter_before(before).take(wanted).collect()
    } else {
        set.iter_after(after).take(wanted).collect()
    };
    if backward {
        users.reverse();
    }
    users
}

fn length(users: usize) -> i64 {
    i64::try_from(users).unwrap_or(i64::MAX)
}
