use seatkeeper_domain::{Entitlement, PlanKey, ProductKey, UserBlock, UserSet};

/// Which users a stored set of holders is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HolderSetKey {
    /// What they hold.
    pub product: ProductKey,
    /// The plan they have off; `None` for all holders of the product.
    pub plan_off: Option<PlanKey>,
    /// The keys they are among.
    pub block: UserBlock,
}

/// A stored set of holders.
#[derive(Debug, Clone, PartialEq)]
pub struct HolderRow {
    /// What it is about.
    pub key: HolderSetKey,
    /// Who is in it.
    pub users: UserSet,
}

/// What a set of users holds and which seats there are, all as of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LicenseCounts {
    /// Users of the customer, in the set or not.
    pub customer_users: i64,
    /// The entitlements to the products asked for, as far as there are some, ascending by product.
    pub entitlements: Vec<Entitlement>,
    /// The holders among the users, ascending by product; products that none of them holds are
    /// left out.
    pub holders: Vec<HolderCount>,
}

/// How many of a set of users hold a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderCount {
    /// The product.
    pub product: ProductKey,
    /// How many hold it; positive.
    pub users: i64,
    /// How many of these have a plan off, ascending by plan; plans that none of them has off are
    /// left out.
    pub plans_off: Vec<(PlanKey, i64)>,
}
