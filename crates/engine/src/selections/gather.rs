use std::sync::Arc;

use seatkeeper_domain::{CustomerId, CustomerKey, UserId, UserSet};
use seatkeeper_store::SelectedUser;

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
}

/// Gathers users as they come. Memory grows by bits for those the directory has.
pub struct Gathering {
    engine: Engine,
    customer: CustomerKey,
    deduplicator: Deduplicator,
    first_unknown: Vec<UserId>,
}

impl Engine {
    /// Turns any selection of users into a set, together with what was given twice or unknown.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for the customer or a saved selection, [`EngineError::Limit`] for
    /// more users than a selection may have.
    pub async fn gather_users(
        &self,
        customer: &CustomerId,
        selector: Selector,
    ) -> EngineResult<GatheredUsers> {
        let mut gathering = self.start_gathering(customer).await?;
        gathering.add(selector).await?;
        Ok(gathering.finish())
    }

    /// Starts to gather users of a customer.
    pub async fn start_gathering(&self, customer: &CustomerId) -> EngineResult<Gathering> {
        let customer = self.find_customer(customer).await?.key;
        Ok(Gathering {
            engine: self.clone(),
            customer,
            deduplicator: Deduplicator::default(),
            first_unknown: Vec::new(),
        })
    }
}

impl Gathering {
    /// Adds the users of a selection.
    ///
    /// # Errors
    /// As those of [`Engine::gather_users`]; what was gathered is of no use then.
    pub async fn add(&mut self, selector: Selector) -> EngineResult<()> {
        if let Selector::Users(users) = selector {
            for ids in users.chunks(self.shared().limits.look_up_users_per_step) {
                self.add_listed(ids).await?;
            }
            return Ok(());
        }
        let shared = Arc::clone(self.shared());
        let step = shared.limits.look_up_users_per_step;
        let mut source = self.engine.source(self.customer, selector).await?;
        let mut users = UserSet::new();
        while let Some(selected) = source.read(&*shared.store, self.customer, step).await? {
            users.extend(selected.into_iter().filter_map(|place| match place.user {
                SelectedUser::Known(user) => Some(user),
                SelectedUser::Unknown(_) => None,
            }));
            self.check(users.len())?;
        }
        self.deduplicator.add(&users);
        self.check(self.distinct())
    }

    async fn add_listed(&mut self, ids: &[UserId]) -> EngineResult<()> {
        let store = &self.engine.shared.store;
        let keys = store.resolve_users(self.customer, ids).await?;
        let told_max = self.engine.shared.limits.unknown_users_told_max;
        for place in self.deduplicator.collapse(ids, &keys, 0) {
            match place.user {
                SelectedUser::Unknown(id) if self.first_unknown.len() < told_max => {
                    self.first_unknown.push(id);
                }
                SelectedUser::Unknown(_) | SelectedUser::Known(_) => {}
            }
        }
        self.check(self.distinct())
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
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.engine.shared
    }

    fn distinct(&self) -> i64 {
        self.deduplicator.known().len() + self.deduplicator.unknown_count()
    }

    fn check(&self, given: i64) -> EngineResult<()> {
        let max = self.engine.shared.limits.selection_users_max;
        if given > max {
            let kind = LimitKind::SelectionUsers;
            return Err(EngineError::Limit { kind, given, max });
        }
        Ok(())
    }
}
