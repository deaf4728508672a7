//! The data of the benchmarks: a catalog of 20 products, and customers with users and seats.

mod catalog;
mod customer;
mod users;

use seatkeeper_proto::v1::{
    AllUsers, Assignment, BatchUpdateLicensesRequest, Change, UserSelector, user_selector,
};

pub(crate) use catalog::{PRODUCT_COUNT, import_catalog, product};
pub(crate) use customer::{Customer, Kind, Profile};

/// Assigns `count` products, starting with number `first`.
pub(crate) fn assign(first: usize, count: usize) -> Change {
    let assign = (first..first + count).map(|index| Assignment {
        product: product(index),
        ..Assignment::default()
    });
    Change {
        assign: assign.collect(),
        revoke: Vec::new(),
    }
}

/// Revokes `count` products, starting with number `first`.
pub(crate) fn revoke(first: usize, count: usize) -> Change {
    Change {
        assign: Vec::new(),
        revoke: (first..first + count).map(product).collect(),
    }
}

/// Replaces one product by another.
pub(crate) fn swap(old: usize, new: usize) -> Change {
    Change {
        revoke: vec![product(old)],
        ..assign(new, 1)
    }
}

/// A change for all users of a customer.
pub(crate) fn for_everyone(customer: &Customer, change: Change) -> BatchUpdateLicensesRequest {
    let everyone = user_selector::Kind::AllUsers(AllUsers {});
    for_selected(customer, change, everyone)
}

/// A change for selected users of a customer.
pub(crate) fn for_selected(
    customer: &Customer,
    change: Change,
    selection: user_selector::Kind,
) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        parent: customer.name.clone(),
        change: Some(change),
        selection: Some(UserSelector {
            kind: Some(selection),
        }),
        ..BatchUpdateLicensesRequest::default()
    }
}
