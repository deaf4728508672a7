//! Limits of one catalog. Published catalogs reach less than a tenth of each.

/// Maximum number of products, including retired ones: each is a row of the compiled tables.
pub const CATALOG_PRODUCTS_MAX: usize = 10_000;

/// Maximum number of service plans, including those of retired products: each is a bit of every
/// plan set.
pub const CATALOG_SERVICE_PLANS_MAX: usize = 20_000;

/// Maximum number of service plans of one product.
pub const PRODUCT_SERVICE_PLANS_MAX: usize = 1_000;

/// Maximum length of a name or part number, in characters.
pub const CATALOG_TEXT_LENGTH_MAX: usize = 256;

/// Maximum number of exclusion groups.
pub const EXCLUSION_GROUPS_MAX: usize = 1_000;

/// Maximum number of members of one exclusion group.
pub const EXCLUSION_MEMBERS_MAX: usize = 1_000;

/// Maximum number of dependencies.
pub const DEPENDENCIES_MAX: usize = 10_000;

/// Maximum number of plans that satisfy one dependency.
pub const DEPENDENCY_ALTERNATIVES_MAX: usize = 100;

/// Maximum number of location rules: one per restricted product or plan, independent of the number
/// of countries.
pub const LOCATION_RULES_MAX: usize = 10_000;

/// Maximum number of errors that one import reports; further errors appear after these are
/// corrected.
pub const IMPORT_ERRORS_MAX: usize = 100;

/// Maximum number of ignored spellings that one warning lists.
pub(super) const SPELLINGS_REPORTED_MAX: usize = 8;
