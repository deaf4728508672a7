//! Every bound on what one request message holds: known to the server, which refuses more, and to
//! clients, which split what they send. The comments of the contract state the same numbers.

/// The most bytes of a request message that has no list of users, after decompression.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The most fields of a request message, at all depths together: twice what the largest list of any
/// request needs, and few enough that decoding them takes less than 50 ms.
pub const REQUEST_FIELDS_MAX: usize = 300_000;

/// The most users of an explicit list: it is held in memory until it is frozen.
pub const LISTED_USERS_MAX: usize = 100_000;

/// The most products of one change: decisions and results grow with it, for each user.
pub const CHANGE_PRODUCTS_MAX: usize = 100;

/// The most disabled plans of one assignment or license: the plans that a product can have.
pub const DISABLED_PLANS_MAX: usize = 1_000;

/// The most disabled plans of all assignments of one change: a batch that repeats them, names and all,
/// fits a response of 3 MiB.
pub const CHANGE_PLANS_MAX: usize = 10_000;

/// The most products that a query names: a page of them.
pub const LISTED_PRODUCTS_MAX: usize = 100;

/// The most users of one message of an import: the message is one transaction.
pub const IMPORTED_USERS_MAX: usize = 10_000;

/// The most items of one message of a catalog import.
pub const CATALOG_ITEMS_MAX: usize = 10_000;

/// The most names and countries in the lists of all items of one message of a catalog import: what
/// fits a message, and what takes less memory than 8 MiB when they are empty.
pub const CATALOG_NAMES_MAX: usize = 50_000;

/// The most plans that one product bundles.
pub const PRODUCT_PLANS_MAX: usize = 1_000;

/// The most members of an exclusion group.
pub const EXCLUSION_MEMBERS_MAX: usize = 1_000;

/// The most alternatives of a dependency.
pub const DEPENDENCY_ALTERNATIVES_MAX: usize = 100;

/// The most countries of a location rule: more than there are.
pub const PROHIBITED_LOCATIONS_MAX: usize = 300;

/// The most users who release their seats with one reduction: it is one transaction, whose response
/// has each of their results.
pub const RELEASE_USERS_MAX: usize = 1_000;

/// The most selections that are combined at once: each is read whole.
pub const COMBINED_SELECTIONS_MAX: usize = 10;

/// The most violation types that select the failed users of a batch: more than there are.
pub const VIOLATION_TYPES_MAX: usize = 100;

/// The most paths of an update mask: more than any resource has fields.
pub const MASK_PATHS_MAX: usize = 100;
