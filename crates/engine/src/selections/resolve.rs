use std::borrow::Cow;

use seatkeeper_domain::{Customer, CustomerId, UserId, UserSet};
use seatkeeper_store::{CustomerTx, SelectedUser};

use crate::deduplicate::Deduplicator;
use crate::{Engine, EngineError, EngineResult, LimitKind, Selector};

/// A selection resolved to a set of users, with counts of the users in the request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResolvedUsers {
    /// The users that the directory has.
    pub users: UserSet,
    /// Number of users in the request, including repeated ones.
    pub given: i64,
    /// Number of repeated mentions.
    pub duplicates: i64,
    /// Distinct users that the directory does not have.
    pub unknown: i64,
    /// The first unknown users, at most [`crate::Limits::unknown_users_listed_max`], as the caller
    /// sent them.
    pub first_unknown: Vec<UserId>,
    deleted_before: i64,
}

impl ResolvedUsers {
    pub(super) fn resolved_set(&self) -> ResolvedSet {
        ResolvedSet {
            users: self.users.clone(),
            deleted_before: self.deleted_before,
        }
    }
}

/// Users who existed when the selection was resolved without the customer's lock.
pub(super) struct ResolvedSet {
    pub(super) users: UserSet,
    /// Number of users deleted from the directory before that.
    pub(super) deleted_before: i64,
}

impl ResolvedSet {
    /// The users who still exist, now that the lock is held.
    pub(super) async fn present(&self, tx: &mut dyn CustomerTx) -> EngineResult<Cow<'_, UserSet>> {
        if tx.count_deleted_users() == self.deleted_before {
            return Ok(Cow::Borrowed(&self.users));
        }
        let mut users = self.users.clone();
        users -= &tx.deleted_users().await?;
        Ok(Cow::Owned(users))
    }
}

/// Collects the users of selections. Memory grows by about one bit for each known user.
pub struct SelectionBuilder {
    engine: Engine,
    customer: Customer,
    deleted_before: i64,
    deduplicator: Deduplicator,
    first_unknown: Vec<UserId>,
}

impl Engine {
    /// Resolves a selection to a set, and counts repeated and unknown users. `field` is the path of
    /// the selection in the request, for errors.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for the customer or a saved selection, [`EngineError::Limit`] for
    /// more users than a selection may have.
    pub async fn resolve_selection(
        &self,
        customer: &CustomerId,
        field: &str,
        selector: Selector,
    ) -> EngineResult<ResolvedUsers> {
        let mut builder = self.selection_builder(customer).await?;
        builder.add(field, selector).await?;
        Ok(builder.finish())
    }

    /// An empty builder for a selection of a customer's users.
    pub async fn selection_builder(&self, customer: &CustomerId) -> EngineResult<SelectionBuilder> {
        let customer = self.find_customer(customer).await?;
        Ok(SelectionBuilder {
            deleted_before: self.core.store.count_deleted_users(customer.key).await?,
            engine: self.clone(),
            customer,
            deduplicator: Deduplicator::default(),
            first_unknown: Vec::new(),
        })
    }
}

impl SelectionBuilder {
    /// Adds the users of a selection; `field` is its path in the request.
    ///
    /// # Errors
    /// The same as [`Engine::resolve_selection`]; the builder must not be used afterwards.
    pub async fn add(&mut self, field: &str, selector: Selector) -> EngineResult<()> {
        match selector {
            Selector::Users(users) => {
                for ids in users.chunks(self.engine.core.limits.look_up_users_per_step) {
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
        let core = &self.engine.core;
        let step = core.limits.user_keys_per_step;
        let mut source = self.engine.source(&self.customer, field, selector).await?;
        let mut users = UserSet::new();
        while let Some(selected) = source.read(&*core.store, self.customer.key, step).await? {
            users.extend(selected.into_iter().filter_map(|one| match one.user {
                SelectedUser::Known(user) => Some(user),
                SelectedUser::Unknown(_) => None,
            }));
            self.engine.check_selection_users(users.len())?;
        }
        Ok(users)
    }

    async fn add_listed(&mut self, ids: &[UserId]) -> EngineResult<()> {
        let store = &self.engine.core.store;
        let keys = store.resolve_users(self.customer.key, ids).await?;
        let listed_max = self.engine.core.limits.unknown_users_listed_max;
        for one in self.deduplicator.collapse(ids, &keys, 0) {
            match one.user {
                SelectedUser::Unknown(id) if self.first_unknown.len() < listed_max => {
                    self.first_unknown.push(id);
                }
                SelectedUser::Unknown(_) | SelectedUser::Known(_) => {}
            }
        }
        self.check()
    }

    /// Returns the resolved users.
    #[must_use]
    pub fn finish(self) -> ResolvedUsers {
        ResolvedUsers {
            given: self.distinct() + self.deduplicator.duplicates(),
            duplicates: self.deduplicator.duplicates(),
            unknown: self.deduplicator.unknown_count(),
            first_unknown: self.first_unknown,
            users: self.deduplicator.into_known(),
            deleted_before: self.deleted_before,
        }
    }

    fn distinct(&self) -> i64 {
        self.deduplicator.known().len() + self.deduplicator.unknown_count()
    }

    /// Unknown users count as well, since they also take memory.
    fn check(&self) -> EngineResult<()> {
        self.engine.check_selection_users(self.distinct())
    }
}

impl Engine {
    /// Rejects more users than a selection may have.
    pub(super) fn check_selection_users(&self, given: i64) -> EngineResult<()> {
        let max = self.core.limits.selection_users_max;
        if given > max {
            let kind = LimitKind::SelectionUsers;
            return Err(EngineError::Limit { kind, given, max });
        }
        Ok(())
    }
}
