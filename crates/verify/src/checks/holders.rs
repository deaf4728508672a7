use std::collections::BTreeMap;

use seatkeeper_domain::{PlanKey, ProductKey, UserSet};
use seatkeeper_store::{HolderRow, LicenseRow};

use crate::{Check, Findings};

const TABLE: &str = "license_holders";

/// The sets of holders, and of holders with a plan off, match the licenses.
#[derive(Default)]
pub(crate) struct Holders {
    /// The users who must be in the sets that are not received yet.
    due: BTreeMap<(ProductKey, Option<PlanKey>), UserSet>,
}

impl Check for Holders {
    fn license(&mut self, license: &LicenseRow, _: &mut Findings) {
        let off = license.held.disabled_plans.iter().map(Some);
        for plan_off in std::iter::once(None).chain(off) {
            let set = self
                .due
                .entry((license.held.product, plan_off))
                .or_default();
            set.insert(license.user);
        }
    }

    fn holders(&mut self, row: &HolderRow, found: &mut Findings) {
        let set_key = row.key;
        let due = self
            .due
            .entry((set_key.product, set_key.plan_off))
            .or_default();
        let mut strangers = row.users.clone();
        strangers -= due;
        *due -= &row.users;
        if !strangers.is_empty() {
            found.add(
                TABLE,
                key(set_key.product, set_key.plan_off),
                format_args!("{} users in it have no such license", strangers.len()),
            );
        }
    }

    fn end(&mut self, found: &mut Findings) {
        for ((product, plan_off), missing) in &self.due {
            if !missing.is_empty() {
                found.add(
                    TABLE,
                    key(*product, *plan_off),
                    format_args!("{} users are missing", missing.len()),
                );
            }
        }
    }
}

/// The readable key of a set of holders.
fn key(product: ProductKey, plan_off: Option<PlanKey>) -> String {
    match plan_off {
        None => format!("product {}", product.0),
        Some(plan) => format!("product {} with plan {} off", product.0, plan.0),
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::{
        CustomerId, HeldLicense, JournalSequence, Timestamp, UserBlock, UserKey,
    };
    use seatkeeper_store::HolderSetKey;

    use super::*;

    fn license(user: i64, plans_off: &[u32]) -> LicenseRow {
        LicenseRow {
            user: UserKey(user),
            user_id: None,
            held: HeldLicense {
                product: ProductKey(4),
                disabled_plans: plans_off.iter().copied().map(PlanKey).collect(),
            },
            assign_time: Timestamp::from_micros(0),
            changed_by: JournalSequence(1),
        }
    }

    fn set(plan_off: Option<u32>, users: &[i64]) -> HolderRow {
        HolderRow {
            key: HolderSetKey {
                product: ProductKey(4),
                plan_off: plan_off.map(PlanKey),
                block: UserBlock::from_number(0),
            },
            users: users.iter().copied().map(UserKey).collect(),
        }
    }

    /// The findings for two users who hold the product, the second one with a plan off.
    fn found(sets: &[HolderRow]) -> Vec<String> {
        let mut check = Holders::default();
        let mut found = Findings::of(CustomerId::parse("contoso").unwrap());
        check.license(&license(1, &[]), &mut found);
        check.license(&license(2, &[3]), &mut found);
        for row in sets {
            check.holders(row, &mut found);
        }
        check.end(&mut found);
        let (named, _) = found.into_parts();
        named.into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn sets_as_licensed_are_fine() {
        let sets = [set(None, &[1, 2]), set(Some(3), &[2]), set(Some(5), &[])];
        assert!(found(&sets).is_empty());
    }

    #[test]
    fn missing_and_extra_holders_are_found() {
        let sets = [set(None, &[1]), set(Some(3), &[1, 2])];
        assert_eq!(
            found(&sets),
            ["1 users in it have no such license", "1 users are missing"]
        );
    }
}
