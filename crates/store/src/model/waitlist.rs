use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{
    Actor, BatchKey, LicenseChanges, Outcome, ProductKey, Timestamp, UserId, UserKey,
    WaitingChange, WaitlistEntry, WaitlistPlace,
};

use super::batches::Batches;
use super::directory::Directory;
use super::fault::corrupt;
use crate::{StoreResult, WaitlistJoins, WaitlistQuery};

/// Who waits for which product.
#[derive(Debug, Clone, Default)]
pub(super) struct Waitlist {
    entries: BTreeMap<(ProductKey, WaitlistPlace), Waiting>,
    last_sequence: i64,
    pub(super) due: BTreeMap<ProductKey, Timestamp>,
}

#[derive(Debug, Clone)]
struct Waiting {
    user: UserKey,
    change_key: i64,
    change: WaitingChange,
    batch: Option<BatchKey>,
    actor: Actor,
    revision: i64,
    create_time: Timestamp,
    update_time: Timestamp,
}

impl Waitlist {
    /// The last place in the order of arrival.
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
            .filter(|((product, place), entry)| {
                query.product.is_none_or(|only| *product == only)
                    && query.user.is_none_or(|only| entry.user == only)
                    && query.after.is_none_or(|after| (*product, *place) > after)
            })
            .take(query.limit)
            .map(|(&(product, place), entry)| WaitlistEntry {
                product,
                place,
                position: self.position(product, place),
                user: entry.user,
                user_id: user_id(directory, entry.user),
                change_key: entry.change_key,
                waiting: entry.change.clone(),
                batch: entry
                    .batch
                    .and_then(|key| Some((key, batches.get(key)?.id.clone()))),
                actor: entry.actor.clone(),
                revision: entry.revision,
                create_time: entry.create_time,
                update_time: entry.update_time,
            })
            .collect()
    }

    fn position(&self, product: ProductKey, place: WaitlistPlace) -> i64 {
        let queue = self.entries.keys().filter(|(of, _)| *of == product);
        super::count(queue.filter(|(_, other)| *other <= place).count())
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
                    actor: joins.actor.clone(),
                    revision: 1,
                    create_time: time,
                    update_time: time,
                };
                match self.place_of(product, user) {
                    None => {
                        let place = WaitlistPlace {
                            rank: 0,
                            sequence: self.last_sequence,
                        };
                        self.entries.insert((product, place), entry);
                    }
                    Some(place) => {
                        self.entries.entry((product, place)).and_modify(|earlier| {
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

    fn place_of(&self, product: ProductKey, user: UserKey) -> Option<WaitlistPlace> {
        self.entries
            .iter()
            .find(|((of, _), entry)| *of == product && entry.user == user)
            .map(|(&(_, place), _)| place)
    }

    pub(super) fn leave(&mut self, changes: &[(UserKey, i64)]) -> BTreeSet<ProductKey> {
        self.remove(|_, entry| changes.contains(&(entry.user, entry.change_key)))
    }

    pub(super) fn remove_user(&mut self, user: UserKey) -> BTreeSet<ProductKey> {
        self.remove(|_, entry| entry.user == user)
    }

    /// Who came to hold a product waits for it no more.
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

    /// Removes entries, and says of which products.
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
        let place = self.place_of(product, user);
        let moved = place.and_then(|place| {
            let entry = self.entries.remove(&(product, place))?;
            Some((place.sequence, entry))
        });
        let Some((sequence, entry)) = moved else {
            let what = "the user does not wait for the product";
            return Err(corrupt("waitlist", (product, user), what));
        };
        let place = WaitlistPlace {
            rank: -priority,
            sequence,
        };
        let entry = Waiting {
            revision: entry.revision + 1,
            update_time: time,
            ..entry
        };
        self.entries.insert((product, place), entry);
        Ok(())
    }
}

fn user_id(directory: &Directory, user: UserKey) -> UserId {
    let user = directory.by_key(user);
    user.expect("a user who leaves the directory waits for nothing")
        .id
        .clone()
}
