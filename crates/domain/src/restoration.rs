use crate::{Decision, PlanSet, ProductDecision, ProductKey};

/// What puts back everything that a decision changed of one user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Inverse {
    /// Licenses that come back, or get their plans back, first; then those that go. Each in the
    /// order of the decision.
    pub products: Vec<Restoration>,
}

/// What puts one license back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Restoration {
    /// The product.
    pub product: ProductKey,
    /// The disabled plans of the license to be put back; `None` where there was none.
    pub before: Option<PlanSet>,
    /// Whether somebody else has changed the license since: then it is left as it is, unless it
    /// already is as it was.
    pub changed_since: bool,
}

impl Inverse {
    /// The inverse of a decision, where `changed_since` tells of each license it changed whether
    /// somebody else has changed it since. Empty where the decision changed nothing.
    pub fn of(
        decision: &Decision,
        mut changed_since: impl FnMut(&ProductDecision) -> bool,
    ) -> Self {
        let changed = decision
            .products
            .iter()
            .filter(|decided| decided.outcome.is_change());
        let mut products: Vec<_> = changed
            .map(|decided| Restoration {
                product: decided.product,
                before: decided.before.clone(),
                changed_since: changed_since(decided),
            })
            .collect();
        products.sort_by_key(|restoration| restoration.before.is_none());
        Self { products }
    }

    /// The products concerned, in order.
    pub fn products(&self) -> impl Iterator<Item = ProductKey> + '_ {
        self.products.iter().map(|restoration| restoration.product)
    }
}
