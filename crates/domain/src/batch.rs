use std::collections::BTreeMap;

use crate::{ChunkPlan, Outcome, ViolationType};

/// How a failure of one product affects the other changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchMode {
    /// All changes of a user apply, or none.
    PerUser,
    /// Each product is decided separately.
    PerLicense,
    /// All changes of the whole batch apply, or none.
    AllOrNothing,
}

/// What to do when there are too few seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ShortagePolicy {
    /// Users get seats in order; users after the last seat fail.
    AssignUntilExhausted,
    /// Reject the batch before any write if there are too few seats, else reserve the seats it
    /// needs.
    RequireAll,
    /// Buy the missing seats.
    BuyMore,
    /// Users without a seat join the waitlist, in order.
    Waitlist,
}

/// The state of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BatchState {
    /// The server is still writing its users. The batch is not accepted yet and not visible to
    /// callers.
    Preparing,
    /// Accepted; a worker runs the batch or will run it.
    Running,
    /// Every user has a result.
    Succeeded,
    /// Cancelled; users not reached before the cancellation have the result CANCELLED.
    Cancelled,
}

impl BatchState {
    /// Whether the state can't change any more.
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
    /// Users with at least one product that changed or waits for a seat, and no failed product.
    pub users_succeeded: i64,
    /// Users with at least one failed product.
    pub users_failed: i64,
    /// Users without any change or failure.
    pub users_unchanged: i64,
    /// Products assigned.
    pub assigned: i64,
    /// Licenses with changed plans.
    pub updated: i64,
    /// Products revoked.
    pub revoked: i64,
    /// Products that were already as requested.
    pub unchanged: i64,
    /// Products that failed.
    pub failed: i64,
    /// Products that wait for a seat.
    pub waitlisted: i64,
}

/// Number of failed products for each violation; a product counts once for each of its violations.
pub type ViolationCounts = BTreeMap<ViolationType, i64>;

impl OutcomeCounts {
    /// Adds the counts of `other`.
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
