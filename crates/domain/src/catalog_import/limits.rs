//! What one catalog may hold. Published catalogs stay below a tenth of each.

/// Most products, retired ones included: each is a row of the compiled tables.
pub const CATALOG_PRODUCTS_MAX: usize = 10_000;

/// Most service plans, those of retired products included: each is a bit of every set of plans.
pub const CATALOG_SERVICE_PLANS_MAX: usize = 20_000;

/// Most service plans of one product.
pub const PRODUCT_SERVICE_PLANS_MAX: usize = 1_000;

/// Longest name or part number, in characters.
pub const CATALOG_TEXT_LENGTH_MAX: usize = 256;

/// Most exclusion groups.
pub const EXCLUSION_GROUPS_MAX: usize = 1_000;

/// Most members of one exclusion group.
pub const EXCLUSION_MEMBERS_MAX: usize = 1_000;

/// Most dependencies.
pub const DEPENDENCIES_MAX: usize = 10_000;

/// Most plans that one dependency can be satisfied by.
pub const DEPENDENCY_ALTERNATIVES_MAX: usize = 100;

/// Most location rules: restricted products and plans, whatever the number of countries.
pub const LOCATION_RULES_MAX: usize = 10_000;

/// Most errors that one import reports; the rest shows after mending these.
pub const IMPORT_ERRORS_MAX: usize = 100;

/// Most rejected spellings that one warning repeats.
pub(super) const SPELLINGS_REPORTED_MAX: usize = 8;
