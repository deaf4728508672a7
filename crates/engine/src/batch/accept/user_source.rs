use std::collections::VecDeque;
use std::sync::Arc;

use seatkeeper_domain::{Customer, CustomerKey, UserFilter, UserId, UserKey, UserSet};
use seatkeeper_store::{SelectQuery, Selected, SelectedUser, Store};

use super::prior_batch_users::PriorBatchUsers;
use super::request::Selector;
use crate::batch::address::length;
use crate::deduplicate::Deduplicator;
use crate::{Engine, EngineResult};

/// The source of a batch's users, and how far it was read.
#[derive(Clone)]
pub(crate) enum Source {
    /// A list, in the caller's order.
    List {
        users: Arc<[UserId]>,
        next: usize,
        deduplicator: Deduplicator,
    },
    /// The directory, in its order, up to the last user that existed when the batch was requested.
    Directory {
        filter: Option<UserFilter>,
        after: UserKey,
        up_to: UserKey,
        /// Users that were read and not returned yet.
        read: VecDeque<UserKey>,
    },
    /// A saved selection, in directory order, as it was when the batch was requested.
    Set { users: Arc<UserSet>, after: UserKey },
    /// Users of another batch, in its order.
    PriorBatch(PriorBatchUsers),
}

impl Source {
    fn directory(filter: Option<UserFilter>, up_to: UserKey) -> Self {
        Self::Directory {
            filter,
            after: UserKey(0),
            up_to,
            read: VecDeque::new(),
        }
    }

    fn set(users: Arc<UserSet>) -> Self {
        Self::Set {
            users,
            after: UserKey(0),
        }
    }

    fn list(users: Vec<UserId>) -> Self {
        Self::List {
            users: users.into(),
            next: 0,
            deduplicator: Deduplicator::default(),
        }
    }

    /// The next users, at most `limit`; `None` when there are no more.
    ///
    /// They are read outside the batch's transactions, so other callers can write while a selection
    /// is being frozen.
    pub(crate) async fn read(
        &mut self,
        store: &dyn Store,
        customer: CustomerKey,
        limit: usize,
    ) -> EngineResult<Option<Vec<Selected>>> {
        match self {
            Self::List {
                users,
                next,
                deduplicator,
            } => {
                let from = *next;
                let ids = &users[from..users.len().min(from + limit)];
                if ids.is_empty() {
                    return Ok(None);
                }
                let keys = store.resolve_users(customer, ids).await?;
                *next += ids.len();
                Ok(Some(deduplicator.collapse(ids, &keys, length(from))))
            }
            Self::Directory {
                filter,
                after,
                up_to,
                read,
            } => {
                while read.len() < limit && after < up_to {
                    // The query is bounded by a range of keys, not only by a number of users.
                    // Without statistics about the table, a database might scan all remaining
                    // users.
                    let end = UserKey(up_to.0.min(after.0.saturating_add(length(limit))));
                    let query = SelectQuery {
                        filter: filter.clone(),
                        after: *after,
                        up_to: end,
                        limit,
                    };
                    read.extend(store.select_users(customer, &query).await?);
                    *after = end;
                }
                let next: Vec<Selected> = read.drain(..limit.min(read.len())).map(known).collect();
                Ok((!next.is_empty()).then_some(next))
            }
            Self::Set { users, after } => {
                let next: Vec<UserKey> = users.iter_after(*after).take(limit).collect();
                let Some(&last) = next.last() else {
                    return Ok(None);
                };
                *after = last;
                Ok(Some(next.into_iter().map(known).collect()))
            }
            Self::PriorBatch(users) => users.read(store, customer, limit).await,
        }
    }

    pub(crate) fn duplicates(&self) -> i64 {
        match self {
            Self::List { deduplicator, .. } => deduplicator.duplicates(),
            Self::Directory { .. } | Self::Set { .. } | Self::PriorBatch(_) => 0,
        }
    }
}

fn known(user: UserKey) -> Selected {
    Selected {
        user: SelectedUser::Known(user),
        request_index: None,
    }
}

impl Engine {
    /// The source of a selection's users. `field` is the path of the selection in the request.
    pub(crate) async fn source(
        &self,
        customer: &Customer,
        field: &str,
        selector: Selector,
    ) -> EngineResult<Source> {
        let filter = match selector {
            Selector::Users(users) => return Ok(Source::list(users)),
            Selector::Saved(id) => {
                return Ok(Source::set(self.use_selection(customer, &id).await?));
            }
            Selector::All => None,
            Selector::Filter(filter) => {
                let field = format!("{field}.filter");
                Some(self.resolve_user_filter(&field, filter).await?)
            }
        };
        let up_to = self.core.store.last_user_key(customer.key).await?;
        Ok(Source::directory(filter, up_to))
    }
}
