use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{
    LicenseChanges, Outcome, PlanKey, PlanSet, ProductKey, UserBlock, UserKey, UserSet,
};

use crate::{HolderSetKey, LicenseRecord};

/// The changes of the sets of holders.
#[derive(Debug, Default)]
pub(in crate::sql) struct HolderChanges {
    products: BTreeMap<ProductKey, ProductChange>,
}

/// The changes of the holders of one product.
#[derive(Debug, Default)]
struct ProductChange {
    /// Users who gain the product (under `None`) or get a plan of it disabled.
    added: BTreeMap<Option<PlanKey>, UserSet>,
    /// Users who lose the product.
    revoked: UserSet,
    /// Users whose disabled plans are replaced by those in `added`.
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

    /// The blocks that may change.
    pub(super) fn blocks(&self) -> impl Iterator<Item = UserBlock> {
        let sets = self.products.values().flat_map(ProductChange::sets);
        let blocks: BTreeSet<UserBlock> = sets.flat_map(UserSet::blocks).collect();
        blocks.into_iter()
    }

    /// The sets that may change; `None` when a user's disabled plans are replaced, because the
    /// earlier plans are unknown.
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

    /// The new content of every set that differs from the stored one.
    pub(super) fn apply(
        &self,
        mut stored: BTreeMap<HolderSetKey, UserSet>,
    ) -> BTreeMap<HolderSetKey, UserSet> {
        let mut changed = BTreeMap::new();
        for key in self.keys(&stored) {
            let before = stored.remove(&key).unwrap_or_default();
            let after = self.products[&key.product].apply(key, &before);
            if after != before {
                changed.insert(key, after);
            }
        }
        changed
    }

    /// The keys of the sets that may change.
    fn keys(&self, stored: &BTreeMap<HolderSetKey, UserSet>) -> BTreeSet<HolderSetKey> {
        let mut keys: BTreeSet<HolderSetKey> = stored.keys().copied().collect();
        for (&product, change) in &self.products {
            for (&plan_off, users) in &change.added {
                keys.extend(users.blocks().into_iter().map(|block| HolderSetKey {
                    product,
                    plan_off,
                    block,
                }));
            }
        }
        keys
    }
}

impl ProductChange {
    fn sets(&self) -> impl Iterator<Item = &UserSet> {
        self.added.values().chain([&self.revoked, &self.cleared])
    }

    fn apply(&self, key: HolderSetKey, before: &UserSet) -> UserSet {
        let mut after = before.clone();
        after -= match key.plan_off {
            None => &self.revoked,
            Some(_) => &self.cleared,
        };
        if let Some(added) = self.added.get(&key.plan_off) {
            after |= &added.block(key.block);
        }
        after
    }
}

/// For each decision, the users that it applies to.
fn users(changes: &LicenseChanges) -> Vec<Vec<UserKey>> {
    let mut users = vec![Vec::new(); changes.plan.decisions.len()];
    for (member, &decision) in changes.members.iter().zip(&changes.plan.members) {
        users[decision as usize].extend(member.user);
    }
    users
}
