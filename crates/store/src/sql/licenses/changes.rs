use std::collections::HashMap;

use seatkeeper_domain::{Decision, LicenseChanges, Outcome, ProductDecision, ProductKey, UserKey};

use crate::StoreResult;
use crate::sql::error::corrupt;
use crate::sql::holdings::plans_text;

/// Users whose licenses change alike, in ascending order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Each product with the plans that are off; of licenses that go, with nothing.
    pub(super) licenses: Vec<(ProductKey, String)>,
    pub(super) users: Vec<i64>,
}

/// How the licenses held change, grouped by what is written.
#[derive(Debug, Default)]
pub(in crate::sql) struct HeldChanges {
    pub(super) assigned: Vec<Group>,
    /// Of one product each.
    pub(super) updated: Vec<Group>,
    pub(super) revoked: Vec<Group>,
}

impl HeldChanges {
    pub(in crate::sql) fn of(changes: &LicenseChanges) -> StoreResult<Self> {
        let mut groups = Groups::default();
        let by_decision = changes
            .plan
            .decisions
            .iter()
            .map(|decision| groups.of(decision))
            .collect::<StoreResult<Vec<_>>>()?;
        for result in changes.members.iter().zip(&changes.plan.members) {
            let (member, &decision) = result;
            let theirs = &by_decision[decision as usize];
            match member.user {
                Some(UserKey(user)) => {
                    for &group in theirs {
                        groups.groups[group].1.users.push(user);
                    }
                }
                None if theirs.is_empty() => {}
                None => {
                    let what = "nobody can hold it: the member is no user";
                    return Err(corrupt("licenses", &member.user_id, what));
                }
            }
        }
        Ok(groups.sorted())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Assigned,
    Updated,
    Revoked,
}

type Licenses = Vec<(ProductKey, String)>;

#[derive(Default)]
struct Groups {
    groups: Vec<(Kind, Group)>,
    indices: HashMap<(Kind, Licenses), usize>,
}

impl Groups {
    /// The groups to which the users of a decision belong.
    fn of(&mut self, decision: &Decision) -> StoreResult<Vec<usize>> {
        let mut assigned = Licenses::new();
        let mut revoked = Licenses::new();
        let mut theirs = Vec::new();
        for product in &decision.products {
            let key = product.product;
            match product.outcome {
                Outcome::Assigned => assigned.push((key, plans_after(product)?)),
                Outcome::Updated => {
                    let updated = vec![(key, plans_after(product)?)];
                    theirs.extend(self.index_of(Kind::Updated, updated));
                }
                Outcome::Revoked => revoked.push((key, String::new())),
                Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted => {}
            }
        }
        theirs.extend(self.index_of(Kind::Assigned, assigned));
        theirs.extend(self.index_of(Kind::Revoked, revoked));
        Ok(theirs)
    }

    /// `None` when nothing changes.
    fn index_of(&mut self, kind: Kind, mut licenses: Licenses) -> Option<usize> {
        if licenses.is_empty() {
            return None;
        }
        licenses.sort_unstable_by_key(|&(product, _)| product);
        let groups = &mut self.groups;
        let index = self
            .indices
            .entry((kind, licenses.clone()))
            .or_insert_with(|| {
                let users = Vec::new();
                groups.push((kind, Group { licenses, users }));
                groups.len() - 1
            });
        Some(*index)
    }

    /// By kind, each group's users ascending: rows written in key order are written fastest.
    fn sorted(self) -> HeldChanges {
        let mut held = HeldChanges::default();
        for (kind, mut group) in self.groups {
            if group.users.is_empty() {
                continue;
            }
            if !group.users.is_sorted() {
                group.users.sort_unstable();
            }
            match kind {
                Kind::Assigned => held.assigned.push(group),
                Kind::Updated => held.updated.push(group),
                Kind::Revoked => held.revoked.push(group),
            }
        }
        held
    }
}

fn plans_after(decision: &ProductDecision) -> StoreResult<String> {
    match &decision.after {
        Some(plans) => Ok(plans_text(plans)),
        None => {
            let what = "the decision does not say which plans are off";
            Err(corrupt("licenses", decision.product, what))
        }
    }
}
