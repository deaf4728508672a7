//! The audit of a database: checks the invariants of every customer, row by row.
//!
//! A [`Check`] is one invariant: a pure function over the rows of a customer, in a fixed order. All
//! checks are in `checks`, one per file. [`verify_customer`] reads a customer once, in one
//! consistent snapshot, and passes every row to every check. Violations are returned as
//! [`Finding`]s, each with the row's table and key. The audit never writes.
//!
//! To add an invariant, add a file to `checks` and name it in its list.

mod check;
mod checks;
mod finding;
mod limits;
mod walk;

pub use check::Check;
pub use checks::all as all_checks;
pub use finding::{Finding, Findings};
pub use limits::FINDINGS_PER_CUSTOMER_MAX;
pub use walk::{Audit, Verdict, verify_customer};
