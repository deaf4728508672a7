use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{User, UserId, UserKey};

use super::error::corrupt;
use crate::{NewUser, StoreError, StoreResult};

const TABLE: &str = "users";

/// A customer's users.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    users: BTreeMap<UserKey, User>,
    ids: BTreeMap<UserId, UserKey>,
    /// The identifiers of deleted users: frozen selections still refer to them.
    departed: BTreeMap<UserKey, UserId>,
    last_key: i64,
}

impl Directory {
    /// All users, in directory order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(super) fn by_id(&self, id: &UserId) -> Option<&User> {
        self.ids.get(id).and_then(|key| self.users.get(key))
    }

    pub(super) fn by_key(&self, key: UserKey) -> Option<&User> {
        self.users.get(&key)
    }

    /// The identifier that a deleted user had.
    pub(super) fn departed(&self, key: UserKey) -> Option<&UserId> {
        self.departed.get(&key)
    }

    /// The keys of deleted users.
    pub(super) fn departed_keys(&self) -> impl Iterator<Item = UserKey> {
        self.departed.keys().copied()
    }

    pub(super) fn count_departed(&self) -> i64 {
        super::count(self.departed.len())
    }

    pub(super) fn resolve(&self, ids: &[UserId]) -> Vec<Option<UserKey>> {
        ids.iter().map(|id| self.ids.get(id).copied()).collect()
    }

    pub(super) fn last_key(&self) -> UserKey {
        UserKey(self.last_key)
    }

    pub(super) fn len(&self) -> i64 {
        super::count(self.users.len())
    }

    pub(super) fn insert(&mut self, users: Vec<NewUser>) -> StoreResult<Vec<UserKey>> {
        let mut given = BTreeSet::new();
        let mut ids = users.iter().map(|new| &new.id);
        if ids.any(|id| self.ids.contains_key(id) || !given.insert(id)) {
            return Err(StoreError::AlreadyExists { what: "user" });
        }
        let mut keys = Vec::with_capacity(users.len());
        for new in users {
            self.last_key += 1;
            let user = new.into_user(self.last_key());
            self.ids.insert(user.id.clone(), user.key);
            keys.push(user.key);
            self.users.insert(user.key, user);
        }
        Ok(keys)
    }

    pub(super) fn update(&mut self, users: &[User]) -> StoreResult<()> {
        for user in users {
            let stored = self.users.get_mut(&user.key);
            let stored = stored.ok_or_else(|| missing(user.key))?;
            *stored = User {
                id: stored.id.clone(),
                create_time: stored.create_time,
                ..user.clone()
            };
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, user: UserKey) -> StoreResult<()> {
        let gone = self.users.remove(&user).ok_or_else(|| missing(user))?;
        self.ids.remove(&gone.id);
        self.departed.insert(user, gone.id);
        Ok(())
    }
}

fn missing(user: UserKey) -> StoreError {
    corrupt(TABLE, user, "the user does not exist")
}
