use seatkeeper_proto::v1::{Assignment, Change};

use crate::{plan, product};

/// Assigns products with all their plans.
pub fn assign(products: &[&str]) -> Change {
    swap(&[], products)
}

/// Revokes products.
pub fn revoke(products: &[&str]) -> Change {
    swap(products, &[])
}

/// Revokes some products and assigns others in their place.
pub fn swap(revoked: &[&str], assigned: &[&str]) -> Change {
    Change {
        assign: assigned.iter().map(|id| assignment(id, &[])).collect(),
        revoke: revoked.iter().map(|id| product(id)).collect(),
    }
}

/// Assigns one product with some of its plans off.
pub fn assignment(id: &str, disabled: &[&str]) -> Assignment {
    Assignment {
        product: product(id),
        disabled_plans: disabled.iter().map(|off| plan(id, off)).collect(),
        ..Assignment::default()
    }
}
