use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{
    BatchKey, LicenseChanges, Outcome, Principal, ProductKey, Timestamp, UserId, UserKey,
    WaitingChange, WaitlistEntry, WaitlistSortKey,
};

use super::batches::Batches;
use super::directory::Directory;
use super::error::corrupt;
use crate::{StoreResult, WaitlistJoins, WaitlistQuery};

/// All waitlist entries of a customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Waitlist {
    entries: BTreeMap<(ProductKey, WaitlistSortKey), Waiting>,
    last_sequence: i64,
    pub(super) due: BTreeMap<ProductKey, Timestamp>,
}

#[derive(Debug, Clone)]
struct Waiting {
    user: UserKey,
    change_key: i64,
    change: WaitingChange,
    batch: Option<BatchKey>,
    principal: Principal,
    revision: i64,
    create_time: Timestamp,
    update_time: Timestamp,
}

impl Waitlist {
    /// The sequence number of the last user who joined a waitlist.
    pub(super) const fn last_sequence(&self) -> i64 {
        self.last_sequence
    }

    pub(super) fn count(&self, product: Option<ProductKey>, user: Option<UserKey>) -> i64 {
        let counted = self.entries.iter().filter(|((of, _), entry)| {
            product.is_none_or(|product| *of == product)
                && user.is_none_or(|user| entry.user == user)
        });
        super::count(counted.count())
    }

    pub(super) fn page(
        &self,
        query: &WaitlistQuery,
        directory: &Directory,
        batches: &Batches,
    ) -> Vec<WaitlistEntry> {
        self.entries
            .iter()
            .filter(|((product, sort_key), entry)| {
                query.product.is_none_or(|only| *product == only)
                    && query.user.is_none_or(|only| entry.user == only)
                    && query
                        .after
                        .is_none_or(|after| (*product, *sort_key) > after)
            })
            .take(query.limit)
            .map(|(&(product, sort_key), entry)| WaitlistEntry {
                product,
                sort_key,
                position: self.position(product, sort_key),
                user: entry.user,
                user_id: user_id(directory, entry.user),
                change_key: entry.change_key,
                waiting: entry.change.clone(),
                batch: entry
                    .batch
                    .and_then(|key| Some((key, batches.get(key)?.id.clone()))),
                principal: entry.principal.clone(),
                revision: entry.revision,
                create_time: entry.create_time,
                update_time: entry.update_time,
            })
            .collect()
    }

    fn position(&self, product: ProductKey, sort_key: WaitlistSortKey) -> i64 {
        let queue = self.entries.keys().filter(|(of, _)| *of == product);
        super::count(queue.filter(|(_, other)| *other <= sort_key).count())
    }

    pub(super) fn waited_for(&self, users: &[UserKey]) -> Vec<(UserKey, i64, ProductKey)> {
        let entries = self.entries.iter();
        let mut waited_for: Vec<_> = entries
            .filter(|(_, entry)| users.contains(&entry.user))
            .map(|((product, _), entry)| (entry.user, entry.change_key, *product))
            .collect();
        waited_for.sort_unstable_by_key(|&(user, _, product)| (user, product));
        waited_for
    }

    pub(super) fn join(&mut self, time: Timestamp, joins: &WaitlistJoins) {
        for &(user, index) in &joins.users {
            self.last_sequence += 1;
            let waiting = &joins.changes[index];
            for &product in &waiting.seats {
                let entry = Waiting {
                    user,
                    change_key: self.last_sequence,
                    change: waiting.clone(),
                    batch: joins.batch,
                    principal: joins.principal.clone(),
                    revision: 1,
                    create_time: time,
                    update_time: time,
                };
                match self.sort_key_of(product, user) {
                    None => {
                        let sort_key = WaitlistSortKey {
                            rank: 0,
                            sequence: self.last_sequence,
                        };
                        self.entries.insert((product, sort_key), entry);
                    }
                    Some(sort_key) => {
                        self.entries
                            .entry((product, sort_key))
                            .and_modify(|earlier| {
                                *earlier = Waiting {
                                    revision: earlier.revision + 1,
                                    create_time: earlier.create_time,
                                    ..entry
                                };
                            });
                    }
                }
            }
        }
    }

    fn sort_key_of(&self, product: ProductKey, user: UserKey) -> Option<WaitlistSortKey> {
        self.entries
            .iter()
            .find(|((of, _), entry)| *of == product && entry.user == user)
            .map(|(&(_, sort_key), _)| sort_key)
    }

    pub(super) fn leave(&mut self, changes: &[(UserKey, i64)]) -> BTreeSet<ProductKey> {
        self.remove(|_, entry| changes.contains(&(entry.user, entry.change_key)))
    }

    pub(super) fn remove_user(&mut self, user: UserKey) -> BTreeSet<ProductKey> {
        self.remove(|_, entry| entry.user == user)
    }

    /// Removes users who gained a product from its waitlist.
    pub(super) fn remove_holders(&mut self, changes: &LicenseChanges) -> BTreeSet<ProductKey> {
        let gained: BTreeSet<(ProductKey, UserKey)> = changes
            .results()
            .flat_map(|result| {
                let decided = result.decision.products.iter();
                let user = result.member.user;
                decided
                    .filter(|decided| decided.outcome == Outcome::Assigned)
                    .filter_map(move |decided| Some((decided.product, user?)))
            })
            .collect();
        self.remove(|product, entry| gained.contains(&(product, entry.user)))
    }

    /// Removes entries; returns their products.
    fn remove(&mut self, goes: impl Fn(ProductKey, &Waiting) -> bool) -> BTreeSet<ProductKey> {
        let mut products = BTreeSet::new();
        self.entries.retain(|&(product, _), entry| {
            let goes = goes(product, entry);
            if goes {
                products.insert(product);
            }
            !goes
        });
        products
    }

    pub(super) fn prioritize(
        &mut self,
        time: Timestamp,
        product: ProductKey,
        user: UserKey,
        priority: i32,
    ) -> StoreResult<()> {
        let sort_key = self.sort_key_of(product, user);
        let moved = sort_key.and_then(|sort_key| {
            let entry = self.entries.remove(&(product, sort_key))?;
            Some((sort_key.sequence, entry))
        });
        let Some((sequence, entry)) = moved else {
            let what = "the user is not in the product's waitlist";
            return Err(corrupt("waitlist", (product, user), what));
        };
        let sort_key = WaitlistSortKey {
            rank: -priority,
            sequence,
        };
        let entry = Waiting {
            revision: entry.revision + 1,
            update_time: time,
            ..entry
        };
        self.entries.insert((product, sort_key), entry);
        Ok(())
    }
}

fn user_id(directory: &Directory, user: UserKey) -> UserId {
    let user = directory.by_key(user);
    user.expect("a deleted user has left all waitlists")
        .id
        .clone()
}
