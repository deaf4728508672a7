use std::fmt;
use std::str::FromStr;

use super::error::NameError;
use super::pattern::Pattern;
use super::resource::{CustomerName, EntitlementName, ProductName, UserName};
use crate::{CustomerId, ProductId, UserId};

/// The wildcard for all resources in place of an identifier (AIP-159).
const WILDCARD: &str = "-";

/// The parent of a list of licenses.
///
/// The form is `customers/{customer}/users/{user}`; `-` for `{user}` means every user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LicenseParent {
    /// One user.
    User(UserName),
    /// Every user of the customer.
    AllUsers(CustomerName),
}

/// The parent of a list of service plans.
///
/// The form is `products/{product}`; `-` for `{product}` means every product.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ServicePlanParent {
    /// One product.
    Product(ProductName),
    /// Every product of the catalog.
    AllProducts,
}

/// The parent of a list of waitlist entries.
///
/// The form is `customers/{customer}/entitlements/{product}`; `-` for `{product}` means every
/// product.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WaitlistParent {
    /// One product.
    Entitlement(EntitlementName),
    /// All products that the customer is entitled to.
    AllEntitlements(CustomerName),
}

impl WaitlistParent {
    /// Parses a parent; the error contains the wrong segment and the expected form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const FORM: Pattern = Pattern {
            text: EntitlementName::PATTERN,
            collections: &["customers", "entitlements"],
        };
        let mut segments = FORM.split(text)?;
        let customer = segments.next_id("customer", CustomerId::parse)?;
        if segments.next_is(WILDCARD) {
            return Ok(Self::AllEntitlements(CustomerName { customer }));
        }
        let product = segments.next_id("product", ProductId::parse)?;
        Ok(Self::Entitlement(EntitlementName { customer, product }))
    }

    /// The customer of the waitlists.
    #[must_use]
    pub fn customer(&self) -> CustomerName {
        match self {
            Self::Entitlement(name) => name.parent(),
            Self::AllEntitlements(name) => name.clone(),
        }
    }
}

impl LicenseParent {
    /// Parses a parent; the error contains the wrong segment and the expected form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const FORM: Pattern = Pattern {
            text: UserName::PATTERN,
            collections: &["customers", "users"],
        };
        let mut segments = FORM.split(text)?;
        let customer = segments.next_id("customer", CustomerId::parse)?;
        if segments.next_is(WILDCARD) {
            return Ok(Self::AllUsers(CustomerName { customer }));
        }
        let user = segments.next_id("user", UserId::parse)?;
        Ok(Self::User(UserName { customer, user }))
    }

    /// The customer of the users.
    #[must_use]
    pub fn customer(&self) -> &CustomerId {
        match self {
            Self::User(name) => &name.customer,
            Self::AllUsers(name) => &name.customer,
        }
    }
}

impl ServicePlanParent {
    /// Parses a parent; the error contains the wrong segment and the expected form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        const FORM: Pattern = Pattern {
            text: ProductName::PATTERN,
            collections: &["products"],
        };
        let mut segments = FORM.split(text)?;
        if segments.next_is(WILDCARD) {
            return Ok(Self::AllProducts);
        }
        let product = segments.next_id("product", ProductId::parse)?;
        Ok(Self::Product(ProductName { product }))
    }
}

impl fmt::Display for LicenseParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => name.fmt(f),
            Self::AllUsers(name) => write!(f, "{name}/users/{WILDCARD}"),
        }
    }
}

impl fmt::Display for ServicePlanParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(name) => name.fmt(f),
            Self::AllProducts => write!(f, "products/{WILDCARD}"),
        }
    }
}

impl fmt::Display for WaitlistParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entitlement(name) => name.fmt(f),
            Self::AllEntitlements(name) => write!(f, "{name}/entitlements/{WILDCARD}"),
        }
    }
}

impl FromStr for WaitlistParent {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl FromStr for LicenseParent {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl FromStr for ServicePlanParent {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}
