use super::limits::{CATALOG_TEXT_LENGTH_MAX, IMPORT_ERRORS_MAX};
use super::subject::{ImportField, ImportSubject, RestrictedId};
use crate::{ProductId, ServicePlanId};

/// Why a catalog can't be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The import names no product, or, beside a catalog that has some, nothing at all.
    #[error("the import is empty; it must name at least one product")]
    Empty,
    /// The catalog as a whole, with what it had before, would hold too many of something.
    #[error("the catalog would have {given} {what}, at most {max} are allowed")]
    TooMany {
        /// Of what, in the plural.
        what: &'static str,
        /// How many there would be. Past the maximum, repeated rows count each time.
        given: usize,
        /// The most that are allowed.
        max: usize,
    },
    /// One product or rule names too many of something.
    #[error("{subject} has {given} {what}, at most {max} are allowed")]
    TooManyOf {
        /// Which product or rule.
        subject: ImportSubject,
        /// Of what, in the plural.
        what: &'static str,
        /// How many it names. Past the maximum, repeated rows count each time.
        given: usize,
        /// The most that are allowed.
        max: usize,
    },
    /// A text has more than [`CATALOG_TEXT_LENGTH_MAX`] characters.
    #[error(
        "{field} of {subject} has {given} characters, at most {CATALOG_TEXT_LENGTH_MAX} are allowed"
    )]
    TextTooLong {
        /// Whose text.
        subject: ImportSubject,
        /// Which text.
        field: ImportField,
        /// Characters given.
        given: usize,
    },
    /// A text holds a control character.
    #[error("{field} of {subject} holds the control character {character:?}")]
    ControlCharacter {
        /// Whose text.
        subject: ImportSubject,
        /// Which text.
        field: ImportField,
        /// The character.
        character: char,
    },
    /// A product is named that neither the import nor the catalog before it describes.
    #[error("{named_by} names product {product}, which is neither in the import nor known before")]
    UnknownProduct {
        /// The product.
        product: ProductId,
        /// What names it.
        named_by: ImportSubject,
    },
    /// A product bundles a plan that neither the import nor the catalog before it describes.
    #[error(
        "{named_by} names service plan {plan}, which is neither in the import nor known before"
    )]
    UnknownServicePlan {
        /// The plan.
        plan: ServicePlanId,
        /// What names it.
        named_by: ImportSubject,
    },
    /// An exclusion group has no name.
    #[error("an exclusion group has no name")]
    UnnamedGroup,
    /// An exclusion group has fewer than two members, so it excludes nothing.
    #[error("exclusion group {name:?} has {given} members, at least 2 are needed")]
    TooFewMembers {
        /// The group.
        name: String,
        /// Its distinct members.
        given: usize,
    },
    /// An exclusion group names both plans and products.
    #[error("exclusion group {name:?} names both service plans and products; make it two groups")]
    MixedMembers {
        /// The group.
        name: String,
    },
    /// A dependency names nothing that would satisfy it.
    #[error("dependency of service plan {plan} names no plan that would satisfy it")]
    NoAlternatives {
        /// The plan in need.
        plan: ServicePlanId,
    },
    /// A plan is to satisfy its own dependency.
    #[error("dependency of service plan {plan} is satisfied by the plan itself")]
    SelfDependency {
        /// The plan.
        plan: ServicePlanId,
    },
    /// A location rule names no country.
    #[error("location rule of {restricted} names no country")]
    NoLocations {
        /// What would be restricted.
        restricted: RestrictedId,
    },
}

/// The first errors of an import.
#[derive(Debug, Clone, Default)]
pub(super) struct Errors(Vec<ImportError>);

impl Errors {
    pub(super) fn push(&mut self, error: ImportError) {
        if self.0.len() < IMPORT_ERRORS_MAX {
            self.0.push(error);
        }
    }

    /// The errors, or `None` when there are none.
    pub(super) fn into_found(self) -> Option<Vec<ImportError>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}
