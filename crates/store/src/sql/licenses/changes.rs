use std::collections::HashMap;

use seatkeeper_domain::{Decision, JournalSequence, Outcome, ProductDecision, ProductKey, UserKey};

use crate::sql::error::corrupt;
use crate::sql::holdings::plans_text;
use crate::{LicenseRecord, StoreResult};

/// Users whose licenses change in the same way, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Each product with its disabled plans; an empty text for a revoked license.
    pub(super) licenses: Vec<(ProductKey, String)>,
    /// The journal entry that changes the licenses; `None` for revoked ones.
    pub(super) journaled: Option<JournalSequence>,
    pub(super) users: Vec<i64>,
}

/// The changes of licenses, grouped by the row content to write.
#[derive(Debug, Default)]
pub(in crate::sql) struct HeldChanges {
    pub(super) assigned: Vec<Group>,
    /// One product per group.
    pub(super) updated: Vec<Group>,
    pub(super) revoked: Vec<Group>,
}

impl HeldChanges {
    /// The changes of records that are journaled from `first` on, one entry each.
    pub(in crate::sql) fn of(
        records: &[LicenseRecord],
        first: JournalSequence,
    ) -> StoreResult<Self> {
        let mut groups = Groups::default();
        for (record, journaled) in records.iter().zip(first.0..) {
            groups.add(record, JournalSequence(journaled))?;
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
    indices: HashMap<(Kind, Licenses, Option<JournalSequence>), usize>,
}

impl Groups {
    fn add(&mut self, record: &LicenseRecord, journaled: JournalSequence) -> StoreResult<()> {
        let changes = &record.changes;
        let decisions = changes.plan.decisions.iter();
        let by_decision = decisions
            .map(|decision| self.of(decision, journaled))
            .collect::<StoreResult<Vec<_>>>()?;
        for (member, &decision) in changes.members.iter().zip(&changes.plan.members) {
            let theirs = &by_decision[decision as usize];
            match member.user {
                Some(UserKey(user)) => {
                    for &group in theirs {
                        self.groups[group].1.users.push(user);
                    }
                }
                None if theirs.is_empty() => {}
                None => {
                    let what = "a member without a user can't hold a license";
                    return Err(corrupt("licenses", &member.user_id, what));
                }
            }
        }
        Ok(())
    }

    /// The groups that the users of a decision belong to.
    fn of(&mut self, decision: &Decision, journaled: JournalSequence) -> StoreResult<Vec<usize>> {
        let journaled = Some(journaled);
        let mut assigned = Licenses::new();
        let mut revoked = Licenses::new();
        let mut theirs = Vec::new();
        for product in &decision.products {
            let key = product.product;
            match product.outcome {
                Outcome::Assigned => assigned.push((key, plans_after(product)?)),
                Outcome::Updated => {
                    let updated = vec![(key, plans_after(product)?)];
                    theirs.extend(self.index_of(Kind::Updated, updated, journaled));
                }
                Outcome::Revoked => revoked.push((key, String::new())),
                Outcome::Unchanged | Outcome::Failed | Outcome::Waitlisted => {}
            }
        }
        theirs.extend(self.index_of(Kind::Assigned, assigned, journaled));
        theirs.extend(self.index_of(Kind::Revoked, revoked, None));
        Ok(theirs)
    }

    /// `None` when nothing changes.
    fn index_of(
        &mut self,
        kind: Kind,
        mut licenses: Licenses,
        journaled: Option<JournalSequence>,
    ) -> Option<usize> {
        if licenses.is_empty() {
            return None;
        }
        licenses.sort_unstable_by_key(|&(product, _)| product);
        let groups = &mut self.groups;
        let index = self
            .indices
            .entry((kind, licenses.clone(), journaled))
            .or_insert_with(|| {
                let group = Group {
                    licenses,
                    journaled,
                    users: Vec::new(),
                };
                groups.push((kind, group));
                groups.len() - 1
            });
        Some(*index)
    }

    /// The groups by kind, the users of each ascending: rows are written fastest in key order.
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
            let what = "the decision does not say which plans are disabled";
            Err(corrupt("licenses", decision.product, what))
        }
    }
}
