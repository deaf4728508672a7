mod parse;

use crate::{PlanSet, ProductKey};

pub use parse::{
    AssignmentRequest, ChangeErrorReason, ChangeRequest, FieldViolation, parse_change,
};

/// The products to assign and to revoke, the same for every user of a batch.
///
/// Parsing against a catalog guarantees that products exist and are listed once, that disabled
/// plans belong to their product, and that the change is not empty.
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
    /// The product to assign.
    pub product: ProductKey,
    /// Plans to disable.
    pub disabled_plans: PlanSet,
    /// How `disabled_plans` combines with the user's current disabled plans.
    pub plan_policy: PlanPolicy,
}

/// How the disabled plans of an assignment combine with those of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanPolicy {
    /// The assignment's list replaces the user's.
    Replace,
    /// A user who holds the product keeps the current list. For other users, disabled plans carry
    /// over from the products that the same change revokes: a plan of the new product stays
    /// disabled if it was disabled in some of them and enabled in none. The plans that the
    /// assignment lists are disabled in addition.
    Keep,
}

impl Change {
    /// The products of the change, assigned ones first, each in the caller's order. A user's
    /// product outcomes have the same order.
    pub fn products(&self) -> impl Iterator<Item = ProductKey> + '_ {
        self.assign
            .iter()
            .map(|assignment| assignment.product)
            .chain(self.revoke.iter().copied())
    }
}
