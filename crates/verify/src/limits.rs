/// Findings of one customer that are named; more are counted. Damage that shows in a million rows
/// is understood from the first hundred.
pub const FINDINGS_PER_CUSTOMER_MAX: usize = 100;

/// Customers read in one go.
pub(crate) const CUSTOMERS_PAGE: usize = 100;

/// Journal entries and segments read in one go: each may hold thousands of users.
pub(crate) const LARGE_ROWS_PAGE: usize = 8;

/// Rows of other tables read in one go.
pub(crate) const ROWS_PAGE: usize = 5_000;
