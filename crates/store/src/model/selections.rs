use std::collections::BTreeMap;

use seatkeeper_domain::{Selection, SelectionId, SelectionKey, Timestamp, UserKey, UserSet};

use super::error::corrupt;
use crate::{NewSelection, StoreError, StoreResult};

/// A customer's saved selections, with their users.
#[derive(Debug, Clone, Default)]
pub(super) struct Selections {
    by_key: BTreeMap<SelectionKey, (Selection, UserSet)>,
}

impl Selections {
    pub(super) fn by_id(&self, id: &SelectionId) -> Option<&Selection> {
        self.iter().find(|selection| selection.id == *id)
    }

    pub(super) fn users(&self, key: SelectionKey) -> UserSet {
        self.by_key
            .get(&key)
            .map(|(_, users)| users.clone())
            .unwrap_or_default()
    }

    pub(super) fn page(
        &self,
        now: Timestamp,
        before: Option<SelectionKey>,
        limit: usize,
    ) -> Vec<Selection> {
        self.live(now)
            .rev()
            .filter(|selection| before.is_none_or(|before| selection.key < before))
            .take(limit)
            .cloned()
            .collect()
    }

    pub(super) fn count(&self, now: Timestamp) -> i64 {
        super::count(self.live(now).count())
    }

    pub(super) fn expired(&self, now: Timestamp) -> impl Iterator<Item = &Selection> {
        self.iter().filter(move |selection| !selection.is_live(now))
    }

    pub(super) fn insert(&mut self, new: NewSelection, users: &UserSet) -> StoreResult<Selection> {
        if self.by_id(&new.id).is_some() {
            return Err(StoreError::AlreadyExists { what: "selection" });
        }
        let newest = self.by_key.keys().next_back();
        let key = SelectionKey(newest.map_or(0, |newest| newest.0) + 1);
        let selection = new.into_selection(key, users.len());
        self.by_key.insert(key, (selection.clone(), users.clone()));
        Ok(selection)
    }

    pub(super) fn save(&mut self, selection: &Selection) -> StoreResult<()> {
        let (stored, _) = self.get_mut(selection.key)?;
        *stored = Selection {
            id: stored.id.clone(),
            user_count: stored.user_count,
            create_time: stored.create_time,
            ..selection.clone()
        };
        Ok(())
    }

    /// Adds users; returns how many were not in the selection before.
    pub(super) fn add_users(&mut self, key: SelectionKey, users: &UserSet) -> StoreResult<i64> {
        self.change_users(key, |members| *members |= users)
    }

    /// Removes users; returns how many were in the selection.
    pub(super) fn remove_users(&mut self, key: SelectionKey, users: &UserSet) -> StoreResult<i64> {
        Ok(-self.change_users(key, |members| *members -= users)?)
    }

    fn change_users(
        &mut self,
        key: SelectionKey,
        change: impl FnOnce(&mut UserSet),
    ) -> StoreResult<i64> {
        let (selection, users) = self.get_mut(key)?;
        change(users);
        let difference = users.len() - selection.user_count;
        selection.user_count = users.len();
        Ok(difference)
    }

    pub(super) fn delete(&mut self, key: SelectionKey) -> StoreResult<()> {
        match self.by_key.remove(&key) {
            Some(_) => Ok(()),
            None => Err(missing(key)),
        }
    }

    /// Removes a deleted user from every selection.
    pub(super) fn remove_user(&mut self, user: UserKey) {
        for (selection, users) in self.by_key.values_mut() {
            users.remove(user);
            selection.user_count = users.len();
        }
    }

    fn live(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Selection> {
        self.iter().filter(move |selection| selection.is_live(now))
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = &Selection> {
        self.by_key.values().map(|(selection, _)| selection)
    }

    fn get_mut(&mut self, key: SelectionKey) -> StoreResult<&mut (Selection, UserSet)> {
        self.by_key.get_mut(&key).ok_or_else(|| missing(key))
    }
}

fn missing(key: SelectionKey) -> StoreError {
    corrupt("selections", key, "the selection does not exist")
}
