use crate::{Decision, PlanSet, ProductDecision, ProductKey};

/// The revert of all changes that a decision made to one user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UserRevert {
    /// First the licenses to restore or to update, then those to revoke, each in the order of the
    /// decision.
    pub products: Vec<LicenseRevert>,
}

/// The revert of one license.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LicenseRevert {
    /// The product.
    pub product: ProductKey,
    /// The disabled plans of the license before the decision; `None` if there was no license.
    pub before: Option<PlanSet>,
    /// Whether another change has modified the license since. Then the revert leaves it unchanged
    /// and fails, unless the license already is in the target state.
    pub changed_since: bool,
}

impl UserRevert {
    /// The revert of a decision. `changed_since` returns for each changed license whether another
    /// change has modified it since. Empty if the decision changed nothing.
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

    /// The products of the revert, in order.
    pub fn products(&self) -> impl Iterator<Item = ProductKey> + '_ {
        self.products.iter().map(|license| license.product)
    }
}
