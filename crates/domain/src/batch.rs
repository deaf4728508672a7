use std::collections::BTreeMap;

use crate::{ChunkPlan, Outcome, ViolationType};

/// What a failure of one product does to the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchMode {
    /// A user's change applies whole or not at all.
    PerUser,
    /// Each product is decided by itself.
    PerLicense,
    /// The whole batch applies, or nothing.
    AllOrNothing,
}

/// What to do when seats run short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShortagePolicy {
    /// Users are served in order; later ones fail.
    AssignUntilExhausted,
    /// Refuse the batch before anything is written, or set its seats aside.
    RequireAll,
    /// Buy the seats that are missing.
    BuyMore,
    /// Users for whom there is no seat wait for one, in order.
    Waitlist,
}

/// Where a batch is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchState {
    /// Its users are being written down; it is not accepted yet and nobody was told of it.
    Preparing,
    /// Accepted; some server works on it or will.
    Running,
    /// Every user has a result.
    Succeeded,
    /// Cancelled; users not reached before it have CANCELLED as their result.
    Cancelled,
}

impl BatchState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Preparing | Self::Running => false,
            Self::Succeeded | Self::Cancelled => true,
        }
    }
}

/// Counts over the results of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeCounts {
    /// Users of whom at least one product changed, or waits for a seat, and none failed.
    pub users_succeeded: i64,
    /// Users of whom at least one product failed.
    pub users_failed: i64,
    /// Users for whom there was nothing to do.
    pub users_unchanged: i64,
    /// Products assigned.
    pub assigned: i64,
    /// Licenses whose plans changed.
    pub updated: i64,
    /// Products revoked.
    pub revoked: i64,
    /// Products with nothing to do.
    pub unchanged: i64,
    /// Products that failed.
    pub failed: i64,
    /// Products that wait for a seat.
    pub waitlisted: i64,
}

/// How many products failed with each violation; one product may count under several.
pub type ViolationCounts = BTreeMap<ViolationType, i64>;

impl OutcomeCounts {
    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        self.users_succeeded += other.users_succeeded;
        self.users_failed += other.users_failed;
        self.users_unchanged += other.users_unchanged;
        self.assigned += other.assigned;
        self.updated += other.updated;
        self.revoked += other.revoked;
        self.unchanged += other.unchanged;
        self.failed += other.failed;
        self.waitlisted += other.waitlisted;
    }

    /// Counts the decisions of a chunk, and its violations by type.
    #[must_use]
    pub fn of(plan: &ChunkPlan) -> (Self, ViolationCounts) {
        let mut times = vec![0_i64; plan.decisions.len()];
        for &index in &plan.members {
            times[index as usize] += 1;
        }
        let mut counts = Self::default();
        let mut violations = ViolationCounts::new();
        for (decision, &times) in plan.decisions.iter().zip(&times) {
            for product in &decision.products {
                *counts.of_outcome(product.outcome) += times;
                for violation in &product.violations {
                    *violations.entry(violation.violation_type()).or_default() += times;
                }
            }
            *counts.of_user(decision.products.iter().map(|product| product.outcome)) += times;
        }
        violations.retain(|_, count| *count > 0);
        (counts, violations)
    }

    fn of_outcome(&mut self, outcome: Outcome) -> &mut i64 {
        match outcome {
            Outcome::Assigned => &mut self.assigned,
            Outcome::Updated => &mut self.updated,
            Outcome::Revoked => &mut self.revoked,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Failed => &mut self.failed,
            Outcome::Waitlisted => &mut self.waitlisted,
        }
    }

    fn of_user(&mut self, mut outcomes: impl Iterator<Item = Outcome> + Clone) -> &mut i64 {
        if outcomes.clone().any(|outcome| outcome == Outcome::Failed) {
            &mut self.users_failed
        } else if outcomes.all(|outcome| outcome == Outcome::Unchanged) {
            &mut self.users_unchanged
        } else {
            &mut self.users_succeeded
        }
    }
}
