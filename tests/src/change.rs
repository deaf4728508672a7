use seatkeeper_proto::v1::{Assignment, Change};

use crate::{plan, product};

/// A change that assigns products with all their plans.
pub fn assign(products: &[&str]) -> Change {
    swap(&[], products)
}

/// A change that revokes products.
pub fn revoke(products: &[&str]) -> Change {
    swap(products, &[])
}

/// A change that revokes some products and assigns others instead.
pub fn swap(revoked: &[&str], assigned: &[&str]) -> Change {
    Change {
        assign: assigned.iter().map(|id| assignment(id, &[])).collect(),
        revoke: revoked.iter().map(|id| product(id)).collect(),
    }
}

/// An assignment of one product with some of its plans disabled.
pub fn assignment(id: &str, disabled: &[&str]) -> Assignment {
    Assignment {
        product: product(id),
        disabled_plans: disabled.iter().map(|off| plan(id, off)).collect(),
        ..Assignment::default()
    }
}
