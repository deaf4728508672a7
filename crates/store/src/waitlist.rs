use std::collections::BTreeSet;

use seatkeeper_domain::{
    BatchKey, ChunkPlan, Outcome, Principal, ProductKey, UserKey, WaitingChange, WaitlistSortKey,
};

/// Users who join waitlists together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitlistJoins {
    /// The batch that waitlists them; `None` for a single call.
    pub batch: Option<BatchKey>,
    /// The principal who requested the change.
    pub principal: Principal,
    /// The waiting changes, each stored once.
    pub changes: Vec<WaitingChange>,
    /// The users in order of arrival, each with the index of its change. A user may occur with
    /// several changes, which wait for different products.
    pub users: Vec<(UserKey, usize)>,
}

/// One page of a customer's waitlist entries, by product, then by rank and arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WaitlistQuery {
    /// Only this product's waitlist; `None` for all waitlists, ordered by product.
    pub product: Option<ProductKey>,
    /// Only this user's entries.
    pub user: Option<UserKey>,
    /// Only entries after this sort key.
    pub after: Option<(ProductKey, WaitlistSortKey)>,
    /// The most entries to return.
    pub limit: usize,
}

/// The products with a seat that a decision frees.
pub(crate) fn freed(plan: &ChunkPlan) -> BTreeSet<ProductKey> {
    with_outcome(plan, Outcome::Revoked)
}

/// The products that a user gains by the decisions.
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
