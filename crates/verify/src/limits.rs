/// Findings of one customer that are reported in full; further ones are only counted. The first
/// hundred suffice to understand damage in a million rows.
pub const FINDINGS_PER_CUSTOMER_MAX: usize = 100;

/// Customers to read with one query.
pub(crate) const CUSTOMERS_PAGE: usize = 100;

/// Journal entries and segments to read with one query: each may hold thousands of users.
pub(crate) const LARGE_ROWS_PAGE: usize = 8;

/// Rows of other tables to read with one query.
pub(crate) const ROWS_PAGE: usize = 5_000;
