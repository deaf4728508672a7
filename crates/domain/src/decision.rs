use crate::{HeldLicense, Outcome, PlanSet, ProductKey, Violation, Warning};

/// The decision for one user: one decision per product of the change, in the change's order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Assigned products first, then revoked ones, each in the caller's order.
    pub products: Vec<ProductDecision>,
    /// The licenses held after the change, ascending by product; `None` unless requested by the
    /// caller.
    pub held_after: Option<Vec<HeldLicense>>,
}

/// The decision for one product of one user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProductDecision {
    /// The product.
    pub product: ProductKey,
    /// The result for the product.
    pub outcome: Outcome,
    /// The disabled plans before the change; `None` if the user did not hold the product.
    pub before: Option<PlanSet>,
    /// The disabled plans after the change; `None` if the user does not hold the product then.
    pub after: Option<PlanSet>,
    /// The reasons of a failure, sorted. Non-empty exactly if `outcome` is [`Outcome::Failed`].
    pub violations: Vec<Violation>,
    /// Notices about a successful change, sorted.
    pub warnings: Vec<Warning>,
}

/// The decisions of one chunk. Equal decisions are stored once, because most users share a few of
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChunkPlan {
    /// The distinct decisions.
    pub decisions: Vec<Decision>,
    /// For each member of the chunk, in order, the index of its decision.
    pub members: Vec<u32>,
}

impl Decision {
    /// Whether any product of the user failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.products
            .iter()
            .any(|product| product.outcome == Outcome::Failed)
    }

    /// Whether any license of the user changed.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.products
            .iter()
            .any(|product| product.outcome.is_change())
    }
}

impl ChunkPlan {
    /// Whether any product of any member waits for a seat.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        let mut decided = self
            .decisions
            .iter()
            .flat_map(|decision| &decision.products);
        decided.any(|product| product.outcome == Outcome::Waitlisted)
    }

    /// Whether any product of any member failed.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.decisions.iter().any(Decision::has_failures)
    }

    /// The change in assigned seats of each product: ascending by product, without zeros.
    #[must_use]
    pub fn seat_deltas(&self) -> Vec<(ProductKey, i64)> {
        let mut times = vec![0_i64; self.decisions.len()];
        for &index in &self.members {
            times[index as usize] += 1;
        }
        let mut deltas = std::collections::BTreeMap::<ProductKey, i64>::new();
        for (decision, &times) in self.decisions.iter().zip(&times) {
            for product in &decision.products {
                let delta = match product.outcome {
                    Outcome::Assigned => times,
                    Outcome::Revoked => -times,
                    Outcome::Updated
                    | Outcome::Unchanged
                    | Outcome::Failed
                    | Outcome::Waitlisted => continue,
                };
                *deltas.entry(product.product).or_default() += delta;
            }
        }
        deltas
            .into_iter()
            .filter(|&(_, delta)| delta != 0)
            .collect()
    }
}
