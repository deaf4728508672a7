use super::limits::{CATALOG_TEXT_LENGTH_MAX, IMPORT_ERRORS_MAX};
use super::subject::{ImportField, ImportSubject, RestrictedId};
use crate::{ProductId, ServicePlanId};

/// Why a catalog can't be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The import lists no product. In mode `Merge` with existing products, an import is empty only
    /// if it also lists no plan.
    #[error("the import is empty; it must name at least one product")]
    Empty,
    /// The resulting catalog, including its previous entries, would exceed a limit.
    #[error("the catalog would have {given} {what}, at most {max} are allowed")]
    TooMany {
        /// The kind of entry, in the plural.
        what: &'static str,
        /// The resulting number of entries. Beyond the maximum, each repeated row counts again.
        given: usize,
        /// The maximum allowed.
        max: usize,
    },
    /// One product or rule exceeds a limit.
    #[error("{subject} has {given} {what}, at most {max} are allowed")]
    TooManyOf {
        /// The product or rule.
        subject: ImportSubject,
        /// The kind of entry, in the plural.
        what: &'static str,
        /// The number of entries given. Beyond the maximum, each repeated row counts again.
        given: usize,
        /// The maximum allowed.
        max: usize,
    },
    /// A text has more than [`CATALOG_TEXT_LENGTH_MAX`] characters.
    #[error(
        "{field} of {subject} has {given} characters, at most {CATALOG_TEXT_LENGTH_MAX} are allowed"
    )]
    TextTooLong {
        /// The product or plan with the text.
        subject: ImportSubject,
        /// The field with the text.
        field: ImportField,
        /// Characters given.
        given: usize,
    },
    /// A text contains a control character.
    #[error("{field} of {subject} holds the control character {character:?}")]
    ControlCharacter {
        /// The product or plan with the text.
        subject: ImportSubject,
        /// The field with the text.
        field: ImportField,
        /// The control character.
        character: char,
    },
    /// A rule uses a product that neither the import nor the previous catalog describes.
    #[error(
        "{named_by} names product {product}, which is neither in the import nor in the catalog"
    )]
    UnknownProduct {
        /// The unknown product.
        product: ProductId,
        /// The product or rule that refers to it.
        named_by: ImportSubject,
    },
    /// A product bundles a plan that neither the import nor the previous catalog describes.
    #[error(
        "{named_by} names service plan {plan}, which is neither in the import nor in the catalog"
    )]
    UnknownServicePlan {
        /// The unknown plan.
        plan: ServicePlanId,
        /// The product that bundles it.
        named_by: ImportSubject,
    },
    /// An exclusion group has no name.
    #[error("an exclusion group has no name")]
    UnnamedGroup,
    /// An exclusion group has fewer than two members and therefore excludes nothing.
    #[error("exclusion group {name:?} has {given} members, at least 2 are needed")]
    TooFewMembers {
        /// The group's name.
        name: String,
        /// The number of distinct members.
        given: usize,
    },
    /// An exclusion group lists both plans and products.
    #[error("exclusion group {name:?} names both service plans and products; make it two groups")]
    MixedMembers {
        /// The group's name.
        name: String,
    },
    /// A dependency lists no plan that can satisfy it.
    #[error("dependency of service plan {plan} names no plan that would satisfy it")]
    NoAlternatives {
        /// The plan with the dependency.
        plan: ServicePlanId,
    },
    /// A plan is listed as satisfying its own dependency.
    #[error("dependency of service plan {plan} is satisfied by the plan itself")]
    SelfDependency {
        /// The plan with the dependency.
        plan: ServicePlanId,
    },
    /// A location rule lists no country.
    #[error("location rule of {restricted} names no country")]
    NoLocations {
        /// The product or plan of the rule.
        restricted: RestrictedId,
    },
}

/// The first errors of an import, up to [`IMPORT_ERRORS_MAX`].
#[derive(Debug, Clone, Default)]
pub(super) struct Errors(Vec<ImportError>);

impl Errors {
    pub(super) fn push(&mut self, error: ImportError) {
        if self.0.len() < IMPORT_ERRORS_MAX {
            self.0.push(error);
        }
    }

    /// The errors, or `None` if there are none.
    pub(super) fn into_found(self) -> Option<Vec<ImportError>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}
