use std::collections::HashSet;

use seatkeeper_domain::{UserId, UserKey, UserSet};
use seatkeeper_store::{Selected, SelectedUser};
use sha2::{Digest as _, Sha256};

/// Removes repeated users; the first mention of each user stays.
///
/// A known user costs about one bit. For an unknown user, half of a SHA-256 digest is stored, 16
/// bytes. A collision would drop one unknown user from the results; it is far less likely than a
/// disk failure.
#[derive(Clone, Default)]
pub(crate) struct Deduplicator {
    known: UserSet,
    unknown: HashSet<[u8; 16]>,
    duplicates: i64,
}

impl Deduplicator {
    /// Converts identifiers and their keys to selected users, without repeated ones. The request
    /// indexes start at `first_index`.
    pub(crate) fn collapse(
        &mut self,
        ids: &[UserId],
        keys: &[Option<UserKey>],
        first_index: i64,
    ) -> Vec<Selected> {
        let mut selected = Vec::with_capacity(ids.len());
        for ((id, key), index) in ids.iter().zip(keys).zip(first_index..) {
            if !self.is_new(id, *key) {
                self.duplicates += 1;
                continue;
            }
            let user = key.map_or_else(|| SelectedUser::Unknown(id.clone()), SelectedUser::Known);
            selected.push(Selected {
                user,
                request_index: Some(index),
            });
        }
        selected
    }

    /// Adds users of the directory. Users that were added before count as duplicates.
    pub(crate) fn add(&mut self, users: &UserSet) {
        let before = self.known.len();
        self.known |= users;
        self.duplicates += users.len() - (self.known.len() - before);
    }

    /// The added users that the directory has.
    pub(crate) fn known(&self) -> &UserSet {
        &self.known
    }

    /// Returns the same users as [`Deduplicator::known`], and consumes the deduplicator.
    pub(crate) fn into_known(self) -> UserSet {
        self.known
    }

    /// Number of identifiers that the directory does not have.
    pub(crate) fn unknown_count(&self) -> i64 {
        i64::try_from(self.unknown.len()).expect("a set fits memory")
    }

    /// Number of repeated mentions removed so far.
    pub(crate) fn duplicates(&self) -> i64 {
        self.duplicates
    }

    fn is_new(&mut self, id: &UserId, key: Option<UserKey>) -> bool {
        match key {
            Some(key) => self.known.insert(key),
            None => {
                let digest: [u8; 32] = Sha256::digest(id.as_str()).into();
                let mut half = [0; 16];
                half.copy_from_slice(&digest[..16]);
                self.unknown.insert(half)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> UserId {
        UserId::parse(text).unwrap()
    }

    #[test]
    fn the_first_mention_stays_across_calls() {
        let mut deduplicator = Deduplicator::default();
        let first = deduplicator.collapse(
            &[id("ann"), id("ghost"), id("ann")],
            &[Some(UserKey(1)), None, Some(UserKey(1))],
            0,
        );
        let second = deduplicator.collapse(&[id("ghost"), id("bob")], &[None, Some(UserKey(2))], 3);
        let indexes = |selected: &[Selected]| {
            selected
                .iter()
                .map(|selected| selected.request_index)
                .collect::<Vec<_>>()
        };
        assert_eq!(indexes(&first), [Some(0), Some(1)]);
        assert_eq!(indexes(&second), [Some(4)]);
        assert_eq!(deduplicator.duplicates(), 2);
    }
}
