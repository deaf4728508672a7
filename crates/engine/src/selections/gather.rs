use std::borrow::Cow;
use std::sync::Arc;

use seatkeeper_domain::{Customer, CustomerId, UserId, UserSet};
use seatkeeper_store::{CustomerTx, SelectedUser};

use crate::deduplicate::Deduplicator;
use crate::engine::Shared;
use crate::{Engine, EngineError, EngineResult, LimitKind, Selector};

/// Users gathered into a set, and what became of those given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GatheredUsers {
    /// Those the directory has.
    pub users: UserSet,
    /// Users that were given, each mention counted.
    pub given: i64,
    /// Mentions of a user who had been given before.
    pub duplicates: i64,
    /// Users that the directory does not have, each counted once.
    pub unknown: i64,
    /// The first of these, up to [`crate::Limits::unknown_users_told_max`], as they were given.
    pub first_unknown: Vec<UserId>,
    deleted_before: i64,
}

impl GatheredUsers {
    pub(super) fn gathered(&self) -> Gathered {
        Gathered {
            users: self.users.clone(),
            deleted_before: self.deleted_before,
        }
    }
}

/// Users who existed when they were gathered, without the customer's lock.
pub(super) struct Gathered {
    pub(super) users: UserSet,
    /// How many users had ever been deleted before that.
    pub(super) deleted_before: i64,
}

impl Gathered {
    /// Those who exist still, now that the lock is held.
    pub(super) async fn present(&self, tx: &mut dyn CustomerTx) -> EngineResult<Cow<'_, UserSet>> {
        if tx.count_deleted_users() == self.deleted_before {
            return Ok(Cow::Borrowed(&self.users));
        }
        let mut users = self.users.clone();
        users -= &tx.deleted_users().await?;
        Ok(Cow::Owned(users))
    }
}

/// Gathers users as they come. Memory grows by bits for those the directory has.
pub struct Gathering {
    engine: Engine,
    customer: Customer,
    deleted_before: i64,
    deduplicator: Deduplicator,
    first_unknown: Vec<UserId>,
}

impl Engine {
    /// Turns any selection of users into a set, together with what was given twice or unknown.
    /// `field` is where the request has the selection, for errors about it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for the customer or a saved selection, [`EngineError::Limit`] for
    /// more users than a selection may have.
    pub async fn gather_users(
        &self,
        customer: &CustomerId,
        field: &str,
        selector: Selector,
    ) -> EngineResult<GatheredUsers> {
        let mut gathering = self.start_gathering(customer).await?;
        gathering.add(field, selector).await?;
        Ok(gathering.finish())
    }

    /// Starts to gather users of a customer.
    pub async fn start_gathering(&self, customer: &CustomerId) -> EngineResult<Gathering> {
        let customer = self.find_customer(customer).await?;
        Ok(Gathering {
            deleted_before: self.shared.store.count_deleted_users(customer.key).await?,
            engine: self.clone(),
            customer,
            deduplicator: Deduplicator::default(),
            first_unknown: Vec::new(),
        })
    }
}

impl Gathering {
    /// Adds the users of a selection, which the request has in `field`.
    ///
    /// # Errors
    /// As those of [`Engine::gather_users`]; what was gathered is of no use then.
    pub async fn add(&mut self, field: &str, selector: Selector) -> EngineResult<()> {
        match selector {
            Selector::Users(users) => {
                for ids in users.chunks(self.shared().limits.look_up_users_per_step) {
                    self.add_listed(ids).await?;
                }
            }
            Selector::Saved(id) => {
                let users = self.engine.use_selection(&self.customer, &id).await?;
                self.deduplicator.add(&users);
            }
            Selector::Filter(_) | Selector::All => {
                let users = self.read(field, selector).await?;
                self.deduplicator.add(&users);
            }
        }
        self.check()
    }

    /// Reads users of the directory.
    async fn read(&self, field: &str, selector: Selector) -> EngineResult<UserSet> {
        let shared = Arc::clone(self.shared());
        let step = shared.limits.walk_users_per_step;
        let mut source = self.engine.source(&self.customer, field, selector).await?;
        let mut users = UserSet::new();
        while let Some(selected) = source.read(&*shared.store, self.customer.key, step).await? {
            users.extend(selected.into_iter().filter_map(|place| match place.user {
                SelectedUser::Known(user) => Some(user),
                SelectedUser::Unknown(_) => None,
            }));
            shared.check_selection_users(users.len())?;
        }
        Ok(users)
    }

    async fn add_listed(&mut self, ids: &[UserId]) -> EngineResult<()> {
        let store = &self.engine.shared.store;
        let keys = store.resolve_users(self.customer.key, ids).await?;
        let told_max = self.engine.shared.limits.unknown_users_told_max;
        for place in self.deduplicator.collapse(ids, &keys, 0) {
            match place.user {
                SelectedUser::Unknown(id) if self.first_unknown.len() < told_max => {
                    self.first_unknown.push(id);
                }
                SelectedUser::Unknown(_) | SelectedUser::Known(_) => {}
            }
        }
        self.check()
    }

    /// What was gathered.
    #[must_use]
    pub fn finish(self) -> GatheredUsers {
        GatheredUsers {
            given: self.distinct() + self.deduplicator.duplicates(),
            duplicates: self.deduplicator.duplicates(),
            unknown: self.deduplicator.unknown_count(),
            first_unknown: self.first_unknown,
            users: self.deduplicator.into_known(),
            deleted_before: self.deleted_before,
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.engine.shared
    }

    fn distinct(&self) -> i64 {
        self.deduplicator.known().len() + self.deduplicator.unknown_count()
    }

    /// Unknown users count, too: they are what else could fill the memory.
    fn check(&self) -> EngineResult<()> {
        self.shared().check_selection_users(self.distinct())
    }
}

impl Shared {
    /// Refuses more users than a selection may have.
    pub(super) fn check_selection_users(&self, given: i64) -> EngineResult<()> {
        let max = self.limits.selection_users_max;
        if given > max {
            let kind = LimitKind::SelectionUsers;
            return Err(EngineError::Limit { kind, given, max });
        }
        Ok(())
    }
}
