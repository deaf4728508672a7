use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{
    LicenseChanges, Outcome, PlanKey, PlanSet, ProductKey, UserBlock, UserKey, UserSet,
};

use crate::{HolderPlace, LicenseRecord};

/// How the sets of holders change.
#[derive(Debug, Default)]
pub(in crate::sql) struct HolderChanges {
    products: BTreeMap<ProductKey, ProductChange>,
}

/// How the holders of one product change.
#[derive(Debug, Default)]
struct ProductChange {
    /// Those who come to hold the product, under `None`, or to have a plan of it off.
    added: BTreeMap<Option<PlanKey>, UserSet>,
    /// Those who hold it no more.
    revoked: UserSet,
    /// Those who have no more plans off than `added` says, whatever they had.
    cleared: UserSet,
}

impl HolderChanges {
    pub(in crate::sql) fn of(records: &[LicenseRecord]) -> Self {
        let mut own = Self::default();
        for record in records {
            own.add(&record.changes);
        }
        own
    }

    fn add(&mut self, changes: &LicenseChanges) {
        let decided = changes.plan.decisions.iter().zip(users(changes));
        for (decision, users) in decided.filter(|(_, users)| !users.is_empty()) {
            let users: UserSet = users.into_iter().collect();
            for product in &decision.products {
                let key = product.product;
                match product.outcome {
                    Outcome::Assigned => self.assign(key, product.after.as_ref(), &users),
                    Outcome::Updated => {
                        self.clear(key, &users);
                        self.switch_off(key, product.after.as_ref(), &users);
                    }
                    Outcome::Revoked => {
                        self.clear(key, &users);
                        self.of_product(key).revoked |= &users;
                    }
                    Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted => {}
                }
            }
        }
    }

    pub(super) fn assign(
        &mut self,
        product: ProductKey,
        disabled_plans: Option<&PlanSet>,
        users: &UserSet,
    ) {
        *self.of_product(product).added.entry(None).or_default() |= users;
        self.switch_off(product, disabled_plans, users);
    }

    fn switch_off(&mut self, product: ProductKey, plans: Option<&PlanSet>, users: &UserSet) {
        let change = self.of_product(product);
        for plan in plans.into_iter().flat_map(PlanSet::iter) {
            *change.added.entry(Some(plan)).or_default() |= users;
        }
    }

    fn clear(&mut self, product: ProductKey, users: &UserSet) {
        self.of_product(product).cleared |= users;
    }

    fn of_product(&mut self, product: ProductKey) -> &mut ProductChange {
        self.products.entry(product).or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    pub(super) fn products(&self) -> Vec<ProductKey> {
        self.products.keys().copied().collect()
    }

    /// The blocks in which something changes.
    pub(super) fn blocks(&self) -> impl Iterator<Item = UserBlock> {
        let sets = self.products.values().flat_map(ProductChange::sets);
        let blocks: BTreeSet<UserBlock> = sets.flat_map(UserSet::blocks).collect();
        blocks.into_iter()
    }

    /// The sets that change, where it is known which: not where someone's plans are cleared.
    pub(super) fn plans(&self) -> Option<impl Iterator<Item = Option<PlanKey>>> {
        let mut products = self.products.values();
        products.all(|change| change.cleared.is_empty()).then(|| {
            let added = self
                .products
                .values()
                .flat_map(|change| change.added.keys());
            added.copied().collect::<BTreeSet<_>>().into_iter()
        })
    }

    /// The sets that differ from those stored, as they are to be.
    pub(super) fn apply(
        &self,
        mut stored: BTreeMap<HolderPlace, UserSet>,
    ) -> BTreeMap<HolderPlace, UserSet> {
        let mut changed = BTreeMap::new();
        for place in self.places(&stored) {
            let before = stored.remove(&place).unwrap_or_default();
            let after = self.products[&place.product].apply(place, &before);
            if after != before {
                changed.insert(place, after);
            }
        }
        changed
    }

    /// Where something may change.
    fn places(&self, stored: &BTreeMap<HolderPlace, UserSet>) -> BTreeSet<HolderPlace> {
        let mut places: BTreeSet<HolderPlace> = stored.keys().copied().collect();
        for (&product, change) in &self.products {
            for (&plan_off, users) in &change.added {
                places.extend(users.blocks().into_iter().map(|block| HolderPlace {
                    product,
                    plan_off,
                    block,
                }));
            }
        }
        places
    }
}

impl ProductChange {
    fn sets(&self) -> impl Iterator<Item = &UserSet> {
        self.added.values().chain([&self.revoked, &self.cleared])
    }

    fn apply(&self, place: HolderPlace, before: &UserSet) -> UserSet {
        let mut after = before.clone();
        after -= match place.plan_off {
            None => &self.revoked,
            Some(_) => &self.cleared,
        };
        if let Some(added) = self.added.get(&place.plan_off) {
            after |= &added.block(place.block);
        }
        after
    }
}

/// For each decision, the users it was made for.
fn users(changes: &LicenseChanges) -> Vec<Vec<UserKey>> {
    let mut users = vec![Vec::new(); changes.plan.decisions.len()];
    for (member, &decision) in changes.members.iter().zip(&changes.plan.members) {
        users[decision as usize].extend(member.user);
    }
    users
}
