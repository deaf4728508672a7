use std::collections::BTreeSet;

use seatkeeper_domain::{
    BatchKey, ChunkPlan, Outcome, Principal, ProductKey, UserKey, WaitingChange, WaitlistSortKey,
};

/// Users who begin to wait together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistJoins {
    /// The batch that puts them there; `None` for a single call.
    pub batch: Option<BatchKey>,
    /// Who asks.
    pub principal: Principal,
    /// What waits, each kept once.
    pub changes: Vec<WaitingChange>,
    /// Who waits, in order of arrival, each with the index of what waits. A user may be named
    /// with several changes, which wait for different products.
    pub users: Vec<(UserKey, usize)>,
}

/// One page of a customer's waitlists, by product, then in the order of serving.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WaitlistQuery {
    /// Only this product's queue; `None` for all, one after the other.
    pub product: Option<ProductKey>,
    /// Only this user's entries.
    pub user: Option<UserKey>,
    /// Only entries after this sort key.
    pub after: Option<(ProductKey, WaitlistSortKey)>,
    /// The most entries to return.
    pub limit: usize,
}

/// The products of which a decision frees a seat.
pub(crate) fn freed(plan: &ChunkPlan) -> BTreeSet<ProductKey> {
    with_outcome(plan, Outcome::Revoked)
}

/// The products that somebody came to hold.
pub(crate) fn gained(plan: &ChunkPlan) -> BTreeSet<ProductKey> {
    with_outcome(plan, Outcome::Assigned)
}

fn with_outcome(plan: &ChunkPlan, outcome: Outcome) -> BTreeSet<ProductKey> {
    plan.decisions
        .iter()
        .flat_map(|decision| &decision.products)
        .filter(|decided| decided.outcome == outcome)
        .map(|decided| decided.product)
        .collect()
}
