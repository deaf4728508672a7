//! A second, slow and simple implementation of the rules: plain sets, one user at a time, no cache.

use std::collections::{BTreeMap, BTreeSet};

use seatkeeper_domain::{
    BatchMode, Decision, HeldLicense, Outcome, PlanKey, ProductDecision, ProductKey, UsageLocation,
    Violation, Warning,
};

use crate::fixture::{Fixture, PlainAssignment, PlainGroup, PlainPool, PlainUser, Plans};

/// Disabled plans by product held.
type Held = BTreeMap<u32, Plans>;
/// Products of the change.
type Subset = BTreeSet<u32>;

/// Decides the users of every chunk in order and updates the seats of `pools`.
pub(crate) struct Reference<'a> {
    pub(crate) fixture: &'a Fixture,
    pub(crate) pools: BTreeMap<u32, PlainPool>,
}

impl Reference<'_> {
    pub(crate) fn decide(&mut self, user: Option<&PlainUser>) -> Decision {
        let Some(user) = user else {
            return self.decide_missing_user();
        };
        let decider = Decider {
            fixture: self.fixture,
            pools: &self.pools,
            user,
        };
        let failures = decider.failures();
        let waiting = decider.waiting(&failures);
        let applied: Subset = decider
            .effective()
            .into_iter()
            .filter(|product| !failures.contains_key(product) && !waiting.contains(product))
            .collect();
        let after = decider.held_with(&applied);
        let products = decider
            .products()
            .into_iter()
            .map(|product| decider.product_decision(product, &failures, &waiting, &after))
            .collect();
        let held: Vec<u32> = waiting
            .into_iter()
            .filter(|&product| decider.is_new(product))
            .collect();
        for product in held {
            let pool = self.pools.get_mut(&product).unwrap();
            pool.available -= pool.available.clamp(0, 1);
        }
        for &product in &applied {
            let seats = match (
                user.held.contains_key(&product),
                after.contains_key(&product),
            ) {
                (false, true) => 1,
                (true, false) => -1,
                _ => 0,
            };
            if let Some(pool) = self.pools.get_mut(&product) {
                pool.available -= seats;
                pool.assigned += seats;
            }
        }
        Decision {
            products,
            held_after: self.fixture.report_licenses.then(|| licenses(&after)),
        }
    }

    fn decide_missing_user(&self) -> Decision {
        let change = &self.fixture.change;
        let assigned = change.assign.iter().map(|assignment| assignment.product);
        Decision {
            products: assigned
                .chain(change.revoke.iter().copied())
                .map(|product| ProductDecision {
                    product: ProductKey(product),
                    outcome: Outcome::Failed,
                    before: None,
                    after: None,
                    violations: vec![Violation::UserNotFound],
                    warnings: vec![],
                })
                .collect(),
            held_after: self.fixture.report_licenses.then(Vec::new),
        }
    }
}

fn licenses(held: &Held) -> Vec<HeldLicense> {
    held.iter()
        .map(|(&product, disabled)| HeldLicense {
            product: ProductKey(product),
            disabled_plans: disabled.iter().copied().map(PlanKey).collect(),
        })
        .collect()
}

struct Decider<'a> {
    fixture: &'a Fixture,
    pools: &'a BTreeMap<u32, PlainPool>,
    user: &'a PlainUser,
}

impl Decider<'_> {
    fn products(&self) -> Vec<u32> {
        let change = &self.fixture.change;
        let mut products: Vec<u32> = change.assign.iter().map(|a| a.product).collect();
        products.extend(&change.revoke);
        products
    }

    fn user_plans(&self, product: u32) -> Plans {
        match self.fixture.catalog.products.get(&product) {
            None => Plans::new(),
            Some(known) => &known.plans - &self.fixture.catalog.company_plans,
        }
    }

    fn enabled(&self, product: u32, held: &Held) -> Plans {
        match held.get(&product) {
            None => Plans::new(),
            Some(disabled) => &self.user_plans(product) - disabled,
        }
    }

    fn enabled_anywhere(&self, held: &Held) -> Plans {
        held.keys()
            .flat_map(|&product| self.enabled(product, held))
            .collect()
    }

    /// Plans of `product` that are disabled in a held product that the change revokes, and enabled
    /// in none.
    fn carried_over(&self, product: u32) -> Plans {
        let held = &self.user.held;
        let revoked = || {
            let revoke = &self.fixture.change.revoke;
            revoke
                .iter()
                .copied()
                .filter(|product| held.contains_key(product))
        };
        self.user_plans(product)
            .into_iter()
            .filter(|plan| {
                revoked()
                    .any(|from| self.user_plans(from).contains(plan) && held[&from].contains(plan))
            })
            .filter(|plan| revoked().all(|from| !self.enabled(from, held).contains(plan)))
            .collect()
    }

    fn disabled_by(&self, assignment: &PlainAssignment) -> Plans {
        let named = &assignment.disabled & &self.user_plans(assignment.product);
        match self.user.held.get(&assignment.product) {
            Some(kept) if assignment.keep => kept.clone(),
            None if assignment.keep => &named | &self.carried_over(assignment.product),
            _ => named,
        }
    }

    /// The licenses held if exactly the changes to `applied` are made.
    fn held_with(&self, applied: &Subset) -> Held {
        let mut held = self.user.held.clone();
        for assignment in &self.fixture.change.assign {
            if applied.contains(&assignment.product) {
                held.insert(assignment.product, self.disabled_by(assignment));
            }
        }
        for product in &self.fixture.change.revoke {
            if applied.contains(product) {
                held.remove(product);
            }
        }
        held
    }

    fn effective(&self) -> Subset {
        let all: Subset = self.products().into_iter().collect();
        let after = self.held_with(&all);
        all.into_iter()
            .filter(|product| self.user.held.get(product) != after.get(product))
            .collect()
    }

    /// The products without a seat among those that have not failed.
    fn waiting(&self, failures: &BTreeMap<u32, BTreeSet<Violation>>) -> Subset {
        let remaining = || {
            let effective = self.effective().into_iter();
            effective.filter(|product| !failures.contains_key(product))
        };
        let lacking: Subset = remaining().filter(|&product| self.waits(product)).collect();
        match self.fixture.mode {
            BatchMode::PerLicense => self.with_suppressed(lacking, failures),
            BatchMode::PerUser | BatchMode::AllOrNothing if lacking.is_empty() => lacking,
            BatchMode::PerUser | BatchMode::AllOrNothing => remaining().collect(),
        }
    }

    /// If a product waits and the user would hold none of the assigned products, revocations wait
    /// too.
    fn with_suppressed(
        &self,
        lacking: Subset,
        failures: &BTreeMap<u32, BTreeSet<Violation>>,
    ) -> Subset {
        let effective = self.effective().into_iter();
        let remaining: Subset = effective
            .filter(|product| !failures.contains_key(product))
            .collect();
        let after = self.held_with(&(&remaining - &lacking));
        let mut assigned = self.fixture.change.assign.iter();
        if lacking.is_empty() || assigned.any(|one| after.contains_key(&one.product)) {
            return lacking;
        }
        remaining
    }

    /// Whether the product waits: newly assigned, entitled, and without a seat now.
    fn waits(&self, product: u32) -> bool {
        self.fixture.waits_for_seats
            && self.is_new(product)
            && self
                .pool(product)
                .is_some_and(|pool| !pool.assignable || pool.available <= 0)
    }

    fn failures(&self) -> BTreeMap<u32, BTreeSet<Violation>> {
        match self.fixture.mode {
            BatchMode::PerUser | BatchMode::AllOrNothing => self.failures_together(),
            BatchMode::PerLicense => self.failures_apart(),
        }
    }

    fn failures_together(&self) -> BTreeMap<u32, BTreeSet<Violation>> {
        let subset = self.effective();
        let mut failures: BTreeMap<u32, BTreeSet<Violation>> = subset
            .iter()
            .map(|&product| (product, self.violations(product, &subset)))
            .filter(|(_, violations)| !violations.is_empty())
            .collect();
        let products = self.products();
        let first = products
            .iter()
            .find(|product| failures.contains_key(product));
        if let Some(&first) = first {
            for product in subset {
                failures.entry(product).or_insert_with(|| {
                    BTreeSet::from([Violation::OtherChangeFailed {
                        product: ProductKey(first),
                    }])
                });
            }
        }
        failures
    }

    fn failures_apart(&self) -> BTreeMap<u32, BTreeSet<Violation>> {
        let mut subset = self.effective();
        let mut failures = BTreeMap::new();
        loop {
            let with = |violations: &dyn Fn(u32) -> BTreeSet<Violation>| -> Subset {
                subset
                    .iter()
                    .copied()
                    .filter(|&product| !violations(product).is_empty())
                    .collect()
            };
            let removed = [
                with(&|product| self.own(product)),
                with(&|product| self.rules(product, &subset)),
                with(&|product| self.seats(product)),
                subset
                    .iter()
                    .copied()
                    .filter(|&product| self.waits(product))
                    .collect(),
            ]
            .into_iter()
            .find(|removed| !removed.is_empty());
            let Some(removed) = removed else {
                return self.without_lone_revocations(failures, &subset);
            };
            for &product in &removed {
                let violations = self.violations(product, &subset);
                if !violations.is_empty() {
                    failures.insert(product, violations);
                }
            }
            subset = &subset - &removed;
        }
    }

    /// If all assignments fail and the user holds none of their products, revocations fail too.
    fn without_lone_revocations(
        &self,
        mut failures: BTreeMap<u32, BTreeSet<Violation>>,
        subset: &Subset,
    ) -> BTreeMap<u32, BTreeSet<Violation>> {
        let after = self.held_with(subset);
        let assign = &self.fixture.change.assign;
        let waits =
            |one: &PlainAssignment| self.waits(one.product) && !failures.contains_key(&one.product);
        if assign.iter().any(waits) {
            return failures;
        }
        if let Some(first) = assign.first()
            && !assign.iter().any(|one| after.contains_key(&one.product))
        {
            let product = ProductKey(first.product);
            let violation = Violation::OtherChangeFailed { product };
            for &revoked in subset {
                failures.insert(revoked, BTreeSet::from([violation.clone()]));
            }
        }
        failures
    }

    fn violations(&self, product: u32, subset: &Subset) -> BTreeSet<Violation> {
        let mut violations = self.own(product);
        violations.extend(self.rules(product, subset));
        violations.extend(self.seats(product));
        violations
    }

    fn is_revocation(&self, product: u32) -> bool {
        self.fixture.change.revoke.contains(&product)
    }

    fn is_new(&self, product: u32) -> bool {
        !self.is_revocation(product) && !self.user.held.contains_key(&product)
    }

    /// Plans that are enabled through the product only after its own change.
    fn newly_enabled(&self, product: u32) -> Plans {
        let after = self.held_with(&Subset::from([product]));
        &self.enabled(product, &after) - &self.enabled(product, &self.user.held)
    }

    fn pool(&self, product: u32) -> Option<PlainPool> {
        self.pools
            .get(&product)
            .copied()
            .filter(|pool| pool.entitled)
    }

    fn own(&self, product: u32) -> BTreeSet<Violation> {
        let mut violations = BTreeSet::new();
        let new = self.is_new(product);
        let gained = self.newly_enabled(product);
        if new {
            match self.pool(product) {
                None => {
                    violations.insert(Violation::NotEntitled);
                }
                Some(pool) if !pool.assignable && !self.waits(product) => {
                    violations.insert(Violation::EntitlementSuspended);
                }
                Some(_) => {}
            }
            if self.fixture.catalog.products[&product].company {
                violations.insert(Violation::NotAssignableToUser);
            }
        }
        if new || !gained.is_empty() {
            if self.user.blocked {
                violations.insert(Violation::UserBlocked);
            }
            violations.extend(self.prohibitions(product, new, &gained));
        }
        violations
    }

    fn prohibitions(&self, product: u32, new: bool, gained: &Plans) -> BTreeSet<Violation> {
        let catalog = &self.fixture.catalog;
        let Some(country) = self.user.location else {
            return BTreeSet::from([Violation::UsageLocationMissing]);
        };
        let location = UsageLocation::parse(country).unwrap();
        let mut violations = BTreeSet::new();
        if new && catalog.prohibited_products.contains(&(product, country)) {
            violations.insert(Violation::ProhibitedInUsageLocation {
                location,
                plan: None,
            });
        }
        for &plan in gained {
            if catalog.prohibited_plans.contains(&(plan, country)) {
                violations.insert(Violation::ProhibitedInUsageLocation {
                    location,
                    plan: Some(PlanKey(plan)),
                });
            }
        }
        violations
    }

    fn seats(&self, product: u32) -> BTreeSet<Violation> {
        match self.pool(product) {
            Some(_) if self.waits(product) => BTreeSet::new(),
            Some(pool) if self.is_new(product) && pool.assignable && pool.available <= 0 => {
                BTreeSet::from([Violation::SeatsExhausted {
                    available: pool.available,
                }])
            }
            _ => BTreeSet::new(),
        }
    }

    fn rules(&self, product: u32, subset: &Subset) -> BTreeSet<Violation> {
        let after = self.held_with(subset);
        let mut violations = BTreeSet::new();
        for (index, group) in self.fixture.catalog.groups.iter().enumerate() {
            match group {
                PlainGroup::Plans(members) => {
                    violations.extend(self.plan_clashes(product, index, members, &after));
                }
                PlainGroup::Products(members) => {
                    violations.extend(self.product_clashes(product, index, members, &after));
                }
            }
        }
        for (plan, needs) in &self.fixture.catalog.dependencies {
            violations.extend(self.missing(product, *plan, needs, &after));
        }
        violations
    }

    fn plan_clashes(
        &self,
        product: u32,
        group: usize,
        members: &Plans,
        after: &Held,
    ) -> Vec<Violation> {
        let mut violations = vec![];
        for plan in &self.newly_enabled(product) & members {
            for &other_product in after.keys() {
                for other in &self.enabled(other_product, after) & members {
                    if other != plan {
                        violations.push(Violation::MutuallyExclusive {
                            group,
                            plan: Some(PlanKey(plan)),
                            other_product: ProductKey(other_product),
                            other_plan: Some(PlanKey(other)),
                        });
                    }
                }
            }
        }
        violations
    }

    fn product_clashes(
        &self,
        product: u32,
        group: usize,
        members: &BTreeSet<u32>,
        after: &Held,
    ) -> Vec<Violation> {
        if !self.is_new(product) || !members.contains(&product) {
            return vec![];
        }
        members
            .iter()
            .filter(|&&other| other != product && after.contains_key(&other))
            .map(|&other| Violation::MutuallyExclusive {
                group,
                plan: None,
                other_product: ProductKey(other),
                other_plan: None,
            })
            .collect()
    }

    fn missing(&self, product: u32, plan: u32, needs: &Plans, after: &Held) -> Vec<Violation> {
        let before = &self.user.held;
        if !self.enabled_anywhere(after).is_disjoint(needs) {
            return vec![];
        }
        let satisfied_before = !self.enabled_anywhere(before).is_disjoint(needs);
        let switched_off_here =
            &(&self.enabled(product, before) - &self.enabled(product, after)) & needs;
        let mut violations = vec![];
        for &dependent in after.keys() {
            if !self.enabled(dependent, after).contains(&plan) {
                continue;
            }
            let gained = !self.enabled(dependent, before).contains(&plan);
            let to_blame = if gained {
                dependent == product
            } else {
                satisfied_before && !switched_off_here.is_empty()
            };
            if to_blame {
                violations.push(Violation::DependencyMissing {
                    dependent_product: ProductKey(dependent),
                    plan: PlanKey(plan),
                });
            }
        }
        violations
    }

    fn product_decision(
        &self,
        product: u32,
        failures: &BTreeMap<u32, BTreeSet<Violation>>,
        waiting: &Subset,
        after: &Held,
    ) -> ProductDecision {
        let before = self.user.held.get(&product);
        let now = after.get(&product);
        let outcome = if failures.contains_key(&product) {
            Outcome::Failed
        } else if waiting.contains(&product) {
            Outcome::Waitlisted
        } else {
            match (before, now) {
                (None, Some(_)) => Outcome::Assigned,
                (Some(_), None) => Outcome::Revoked,
                (Some(old), Some(new)) if old != new => Outcome::Updated,
                _ => Outcome::Unchanged,
            }
        };
        let plan_set = |plans: &Plans| plans.iter().copied().map(PlanKey).collect();
        ProductDecision {
            product: ProductKey(product),
            outcome,
            before: before.map(plan_set),
            after: now.map(plan_set),
            violations: failures
                .get(&product)
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            warnings: if outcome == Outcome::Assigned {
                self.warnings(product)
            } else {
                vec![]
            },
        }
    }

    fn warnings(&self, product: u32) -> Vec<Warning> {
        let mut warnings = vec![];
        let pool = self.pools[&product];
        if pool.assigned + 1 > pool.active {
            warnings.push(Warning::SeatInGrace);
        }
        let change = &self.fixture.change;
        let assignment = change.assign.iter().find(|a| a.product == product).unwrap();
        let left_off = &self.carried_over(product) - &assignment.disabled;
        if assignment.keep && !left_off.is_empty() {
            warnings.push(Warning::PlanLeftOff {
                plans: left_off.into_iter().map(PlanKey).collect(),
            });
        }
        warnings
    }
}
