use std::collections::HashMap;

use seatkeeper_domain::{Decision, LicenseChanges, Outcome, ProductDecision, ProductKey, UserKey};

use crate::StoreResult;
use crate::sql::error::corrupt;
use crate::sql::holdings::plans_text;

/// Users whose license of one product changes alike, in ascending order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) product: ProductKey,
    /// Empty where the license goes.
    pub(super) disabled_plans: String,
    pub(super) users: Vec<i64>,
}

/// How the licenses held change, grouped by what is written.
#[derive(Debug, Default)]
pub(super) struct HeldChanges {
    pub(super) assigned: Vec<Group>,
    pub(super) updated: Vec<Group>,
    pub(super) revoked: Vec<Group>,
}

impl HeldChanges {
    pub(super) fn of(changes: &LicenseChanges) -> StoreResult<Self> {
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

#[derive(Default)]
struct Groups {
    groups: Vec<(Kind, Group)>,
    indices: HashMap<(Kind, ProductKey, String), usize>,
}

impl Groups {
    /// The groups to which the users of a decision belong.
    fn of(&mut self, decision: &Decision) -> StoreResult<Vec<usize>> {
        let mut changed = Vec::new();
        for product in &decision.products {
            let (kind, plans) = match product.outcome {
                Outcome::Assigned => (Kind::Assigned, plans_after(product)?),
                Outcome::Updated => (Kind::Updated, plans_after(product)?),
                Outcome::Revoked => (Kind::Revoked, String::new()),
                Outcome::Unchanged | Outcome::Failed => continue,
            };
            changed.push(self.index_of(kind, product.product, plans));
        }
        Ok(changed)
    }

    fn index_of(&mut self, kind: Kind, product: ProductKey, disabled_plans: String) -> usize {
        let groups = &mut self.groups;
        *self
            .indices
            .entry((kind, product, disabled_plans.clone()))
            .or_insert_with(|| {
                groups.push((
                    kind,
                    Group {
                        product,
                        disabled_plans,
                        users: Vec::new(),
                    },
                ));
                groups.len() - 1
            })
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
