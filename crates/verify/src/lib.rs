//! The audit of a database: what must hold of every customer, checked row by row.
//!
//! A [`Check`] is one invariant, a pure function over the rows of a customer that is fed them in
//! a certain order; all of them are in `checks`, a file each. [`verify_customer`] reads a
//! customer once, in one consistent snapshot, and feeds every check. What is broken comes back as
//! [`Finding`]s, each of which names the row. Nothing is ever written.
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
