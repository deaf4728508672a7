use std::collections::BTreeMap;

use seatkeeper_domain::{
    HeldLicense, JournalSequence, License, Member, Outcome, PlanKey, PlanSet, ProductDecision,
    ProductKey, Timestamp, UserBlock, UserKey, UserSet,
};

use super::error::corrupt;
use crate::{HolderCount, HolderRow, HolderSetKey, LicensePageQuery, LicenseVersion, StoreResult};

const TABLE: &str = "licenses";

/// All licenses of a customer.
#[derive(Debug, Clone, Default)]
pub(super) struct Licenses(BTreeMap<(UserKey, ProductKey), License>);

impl Licenses {
    pub(super) fn of_user(&self, user: UserKey) -> impl Iterator<Item = &License> {
        self.0
            .range((user, ProductKey(0))..=(user, ProductKey(u32::MAX)))
            .map(|(_, license)| license)
    }

    pub(super) fn versions(&self, users: &[UserKey]) -> Vec<LicenseVersion> {
        let licenses = self.0.values();
        licenses
            .filter(|license| users.contains(&license.user))
            .map(|license| LicenseVersion {
                user: license.user,
                product: license.held.product,
                changed_by: license.changed_by,
            })
            .collect()
    }

    pub(super) fn holds(&self, user: UserKey, product: ProductKey) -> bool {
        self.0.contains_key(&(user, product))
    }

    pub(super) fn page(&self, query: &LicensePageQuery) -> Vec<License> {
        self.0
            .iter()
            .filter(|&(&(user, product), _)| {
                query.users.as_ref().is_none_or(|only| only.contains(&user))
                    && query.product.is_none_or(|only| product == only)
                    && query.after.is_none_or(|after| (user, product) > after)
            })
            .take(query.limit)
            .map(|(_, license)| license.clone())
            .collect()
    }

    pub(super) fn holders(&self, product: ProductKey) -> UserSet {
        let holders = self.0.keys().filter(|&&(_, held)| held == product);
        holders.map(|&(user, _)| user).collect()
    }

    /// The sets of holders, as the databases store them.
    pub(super) fn holder_rows(&self) -> Vec<HolderRow> {
        let mut sets = BTreeMap::<HolderSetKey, UserSet>::new();
        for (&(user, product), license) in &self.0 {
            let off = license.held.disabled_plans.iter().map(Some);
            for plan_off in std::iter::once(None).chain(off) {
                let key = HolderSetKey {
                    product,
                    plan_off,
                    block: UserBlock::of(user),
                };
                sets.entry(key).or_default().insert(user);
            }
        }
        let sets = sets.into_iter();
        sets.map(|(key, users)| HolderRow { key, users }).collect()
    }

    pub(super) fn count_holders(
        &self,
        products: &[ProductKey],
        users: Option<&UserSet>,
    ) -> Vec<HolderCount> {
        let mut counts = BTreeMap::<ProductKey, (i64, BTreeMap<PlanKey, i64>)>::new();
        for (&(user, product), license) in &self.0 {
            if products.contains(&product) && users.is_none_or(|users| users.contains(user)) {
                let (holders, plans_off) = counts.entry(product).or_default();
                *holders += 1;
                for plan in license.held.disabled_plans.iter() {
                    *plans_off.entry(plan).or_default() += 1;
                }
            }
        }
        let counts = counts.into_iter();
        counts
            .map(|(product, (users, plans_off))| HolderCount {
                product,
                users,
                plans_off: plans_off.into_iter().collect(),
            })
            .collect()
    }

    /// Applies a decision on one product of one user.
    pub(super) fn apply(
        &mut self,
        member: &Member,
        decision: &ProductDecision,
        journaled: JournalSequence,
        time: Timestamp,
    ) -> StoreResult<()> {
        match decision.outcome {
            Outcome::Assigned => self.insert(member, decision, journaled, time),
            Outcome::Updated => self.update(member, decision, journaled),
            Outcome::Revoked => self.remove(member, decision),
            Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted => Ok(()),
        }
    }

    fn insert(
        &mut self,
        member: &Member,
        decision: &ProductDecision,
        journaled: JournalSequence,
        time: Timestamp,
    ) -> StoreResult<()> {
        let key = key_of(member, decision)?;
        if self.0.contains_key(&key) {
            return Err(corrupt(
                TABLE,
                key,
                "a license that is held can't be assigned",
            ));
        }
        let license = License {
            user: key.0,
            user_id: member.user_id.clone(),
            held: HeldLicense {
                product: decision.product,
                disabled_plans: plans_after(member, decision)?,
            },
            assign_time: time,
            changed_by: journaled,
        };
        self.0.insert(key, license);
        Ok(())
    }

    fn update(
        &mut self,
        member: &Member,
        decision: &ProductDecision,
        journaled: JournalSequence,
    ) -> StoreResult<()> {
        let key = key_of(member, decision)?;
        let license = self
            .0
            .get_mut(&key)
            .ok_or_else(|| corrupt(TABLE, key, "a license that is not held can't be updated"))?;
        license.held.disabled_plans = plans_after(member, decision)?;
        license.changed_by = journaled;
        Ok(())
    }

    fn remove(&mut self, member: &Member, decision: &ProductDecision) -> StoreResult<()> {
        let key = key_of(member, decision)?;
        match self.0.remove(&key) {
            Some(_) => Ok(()),
            None => Err(corrupt(
                TABLE,
                key,
                "a license that is not held can't be revoked",
            )),
        }
    }
}

fn key_of(member: &Member, decision: &ProductDecision) -> StoreResult<(UserKey, ProductKey)> {
    match member.user {
        Some(user) => Ok((user, decision.product)),
        None => Err(corrupt(
            TABLE,
            (&member.user_id, decision.product),
            "a member without a user can't hold a license",
        )),
    }
}

fn plans_after(member: &Member, decision: &ProductDecision) -> StoreResult<PlanSet> {
    decision.after.clone().ok_or_else(|| {
        corrupt(
            TABLE,
            (&member.user_id, decision.product),
            "the decision does not say which plans are disabled",
        )
    })
}
