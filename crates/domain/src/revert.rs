use crate::{Decision, PlanSet, ProductDecision, ProductKey};

/// The revert of everything that a decision changed of one user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserRevert {
    /// Licenses that come back, or get their plans back, first; then those that go. Each in the
    /// order of the decision.
    pub products: Vec<LicenseRevert>,
}

/// The revert of one license.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LicenseRevert {
    /// The product.
    pub product: ProductKey,
    /// The disabled plans that the license had before; `None` where there was none.
    pub before: Option<PlanSet>,
    /// Whether somebody else has changed the license since: then it is left as it is, unless it
    /// already is as it was.
    pub changed_since: bool,
}

impl UserRevert {
    /// The revert of a decision, where `changed_since` tells of each license it changed whether
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
            .map(|decided| LicenseRevert {
                product: decided.product,
                before: decided.before.clone(),
                changed_since: changed_since(decided),
            })
            .collect();
        products.sort_by_key(|license| license.before.is_none());
        Self { products }
    }

    /// The products concerned, in order.
    pub fn products(&self) -> impl Iterator<Item = ProductKey> + '_ {
        self.products.iter().map(|license| license.product)
    }
}
