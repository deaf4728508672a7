use seatkeeper_domain::{Entitlement, PlanKey, ProductKey, UserBlock, UserSet};

/// The key of a stored set of holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HolderSetKey {
    /// The product that they hold.
    pub product: ProductKey,
    /// The plan that they have disabled; `None` for all holders of the product.
    pub plan_off: Option<PlanKey>,
    /// The range of user keys that the set covers.
    pub block: UserBlock,
}

/// A stored set of holders.
#[derive(Debug, Clone, PartialEq)]
pub struct HolderRow {
    /// The product, plan and range of user keys.
    pub key: HolderSetKey,
    /// The users in the set.
    pub users: UserSet,
}

/// The number of licenses of a set of users, with the seats, all as of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LicenseCounts {
    /// All users of the customer, also those outside the set.
    pub customer_users: i64,
    /// The entitlements to the requested products, ascending by product; products without one are
    /// left out.
    pub entitlements: Vec<Entitlement>,
    /// The holders among the users, ascending by product; products without a holder are left out.
    pub holders: Vec<HolderCount>,
}

/// How many of a set of users hold a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderCount {
    /// The product.
    pub product: ProductKey,
    /// The number of holders; at least 1.
    pub users: i64,
    /// How many of the holders have a plan disabled, ascending by plan; plans that no holder has
    /// disabled are left out.
    pub plans_off: Vec<(PlanKey, i64)>,
}
