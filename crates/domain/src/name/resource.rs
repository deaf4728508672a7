use std::fmt;
use std::str::FromStr;

use super::error::NameError;
use super::pattern::{self, Pattern};
use crate::{BatchId, CustomerId, ProductId, SelectionId, ServicePlanId, UserId};

/// Declares a resource name with its collections and their identifiers.
macro_rules! resource_name {
    (
        $(#[$doc:meta])*
        $name:ident { $($collection:literal / $variable:ident: $id:ident),+ $(,)? } = $text:literal
    ) => {
        $(#[$doc])*
        #[doc = concat!("\n\nOf the form `", $text, "`.")]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            $(
                #[doc = concat!("The identifier after `", $collection, "/`.")]
                pub $variable: $id,
            )+
        }

        impl $name {
            /// The form of these names.
            pub const PATTERN: &str = $text;

            /// Parses a name; the error contains the wrong segment and the expected form.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                const FORM: Pattern = Pattern {
                    text: $text,
                    collections: &[$($collection),+],
                };
                let mut segments = FORM.split(text)?;
                $(let $variable = segments.next_id(stringify!($variable), $id::parse)?;)+
                Ok(Self { $($variable),+ })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                pattern::print(&[$(($collection, self.$variable.as_str())),+], f)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }
    };
}

resource_name!(
    /// The name of a customer.
    CustomerName { "customers" / customer: CustomerId } = "customers/{customer}"
);
resource_name!(
    /// The name of a user.
    UserName {
        "customers" / customer: CustomerId,
        "users" / user: UserId,
    } = "customers/{customer}/users/{user}"
);
resource_name!(
    /// The name of a customer's entitlement to a product.
    EntitlementName {
        "customers" / customer: CustomerId,
        "entitlements" / product: ProductId,
    } = "customers/{customer}/entitlements/{product}"
);
resource_name!(
    /// The name of a user's license of a product.
    LicenseName {
        "customers" / customer: CustomerId,
        "users" / user: UserId,
        "licenses" / product: ProductId,
    } = "customers/{customer}/users/{user}/licenses/{product}"
);
resource_name!(
    /// The name of a saved selection.
    SelectionName {
        "customers" / customer: CustomerId,
        "selections" / selection: SelectionId,
    } = "customers/{customer}/selections/{selection}"
);
resource_name!(
    /// The name of a user's position in the queue for a product.
    WaitlistEntryName {
        "customers" / customer: CustomerId,
        "entitlements" / product: ProductId,
        "waitlistEntries" / user: UserId,
    } = "customers/{customer}/entitlements/{product}/waitlistEntries/{user}"
);
resource_name!(
    /// The name of a batch.
    BatchName {
        "customers" / customer: CustomerId,
        "batches" / batch: BatchId,
    } = "customers/{customer}/batches/{batch}"
);
resource_name!(
    /// The name of a product of the catalog.
    ProductName { "products" / product: ProductId } = "products/{product}"
);
resource_name!(
    /// The name of a service plan within a product; a plan has one name per product.
    ServicePlanName {
        "products" / product: ProductId,
        "servicePlans" / plan: ServicePlanId,
    } = "products/{product}/servicePlans/{plan}"
);

/// Declares the parent of a resource name.
macro_rules! parent {
    ($name:ident => $parent:ident { $($variable:ident),+ } by $method:ident, $doc:literal) => {
        impl $name {
            #[doc = $doc]
            #[must_use]
            pub fn $method(&self) -> $parent {
                $parent { $($variable: self.$variable.clone()),+ }
            }
        }
    };
}

parent!(UserName => CustomerName { customer } by parent, "The customer of the user.");
parent!(EntitlementName => CustomerName { customer } by parent, "The customer of the entitlement.");
parent!(LicenseName => UserName { customer, user } by parent, "The user who holds the license.");
parent!(
    WaitlistEntryName => EntitlementName { customer, product } by parent,
    "The entitlement of the queue."
);
parent!(SelectionName => CustomerName { customer } by parent, "The customer of the selection.");
parent!(BatchName => CustomerName { customer } by parent, "The customer of the batch.");
parent!(ServicePlanName => ProductName { product } by parent, "The product that bundles the plan.");
