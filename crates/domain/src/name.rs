//! Typed resource names as in AIP-122, with their parents.

mod error;
mod parent;
mod pattern;
mod resource;

#[cfg(test)]
mod tests;

pub use error::{NameError, NameProblem};
pub use parent::{LicenseParent, ServicePlanParent, WaitlistParent};
pub use resource::{
    BatchName, CustomerName, EntitlementName, LicenseName, ProductName, SelectionName,
    ServicePlanName, UserName, WaitlistEntryName,
};
