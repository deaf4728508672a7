mod parse;

use crate::{PlanSet, ProductKey};

pub use parse::{
    AssignmentRequest, ChangeErrorReason, ChangeRequest, FieldViolation, parse_change,
};

/// What to assign and what to revoke, the same for every user of a batch.
///
/// Valid by construction of whoever parsed it against a catalog: products are known and named
/// once, disabled plans belong to their product, and there is something to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Change {
    /// Products to assign, in the caller's order.
    pub assign: Vec<Assignment>,
    /// Products to revoke, in the caller's order.
    pub revoke: Vec<ProductKey>,
}

/// One product to assign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// The product.
    pub product: ProductKey,
    /// Plans to leave off.
    pub disabled_plans: PlanSet,
    /// How `disabled_plans` meets what the user has already.
    pub plan_policy: PlanPolicy,
}

/// How the disabled plans of an assignment meet those a user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanPolicy {
    /// The assignment's list replaces the user's.
    Replace,
    /// A user who holds the product keeps the list they have. For one who does not, plans carry
    /// over from the products the same change revokes: a plan of the new product that was off in
    /// them, and on in none of them, stays off, beside those the assignment names.
    Keep,
}

impl Change {
    /// The products of the change, assigned ones first, each in the caller's order: the order of
    /// a user's per-product outcomes.
    pub fn products(&self) -> impl Iterator<Item = ProductKey> + '_ {
        self.assign
            .iter()
            .map(|assignment| assignment.product)
            .chain(self.revoke.iter().copied())
    }
}
