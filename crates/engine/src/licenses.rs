//! Licenses: changing those of one user by group commit, and reading those of many.

mod assigned;
mod eligibility;
mod group_commit;
mod list;
mod products;
mod summary;
mod update;

pub use assigned::{AssignedUserPage, ListAssignedUsers};
pub use eligibility::{CheckProductEligibility, Eligibilities, Eligibility};
pub(crate) use group_commit::GroupCommit;
pub use list::{LicensePage, ListLicenses};
pub use products::ProductPage;
pub use summary::{LicenseSummaries, LicenseSummary, SummarizeLicenses};
pub use update::{UpdateUserLicenses, UserLicensesUpdated};
