//! Every bound on the contents of one request message. The server rejects larger messages, and
//! clients split what they send. The comments of the contract state the same numbers.

/// The most bytes of a request message that has no list of users, after decompression.
pub const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The most fields of a request message, over all depths: twice the fields of the largest list of
/// any request, and few enough that decoding takes less than 50 ms.
pub const REQUEST_FIELDS_MAX: usize = 300_000;

/// The most users of an explicit list, which the server holds in memory until it is frozen.
pub const LISTED_USERS_MAX: usize = 100_000;

/// The most products of one change: the decision and result of each user grow with it.
pub const CHANGE_PRODUCTS_MAX: usize = 100;

/// The most disabled plans of one assignment or waitlist entry: the limit of a product's plans.
pub const DISABLED_PLANS_MAX: usize = 1_000;

/// The most disabled plans of all assignments of one change: a `Batch` repeats them with their full
/// names, and must fit a response of 3 MiB.
pub const CHANGE_PLANS_MAX: usize = 10_000;

/// The most products that a query names: one page.
pub const LISTED_PRODUCTS_MAX: usize = 100;

/// The most users of one message of a users import: each message is one transaction.
pub const IMPORTED_USERS_MAX: usize = 10_000;

/// The most items of one message of a catalog import.
pub const CATALOG_ITEMS_MAX: usize = 10_000;

/// The most names and countries in the lists of all items of one message of a catalog import. They
/// fit a message, and take less than 8 MiB of memory when they are empty.
pub const CATALOG_NAMES_MAX: usize = 50_000;

/// The most plans that one product bundles.
pub const PRODUCT_PLANS_MAX: usize = 1_000;

/// The most members of an exclusion group.
pub const EXCLUSION_MEMBERS_MAX: usize = 1_000;

/// The most alternatives of a dependency.
pub const DEPENDENCY_ALTERNATIVES_MAX: usize = 100;

/// The most countries of a location rule: more than exist.
pub const PROHIBITED_LOCATIONS_MAX: usize = 300;

/// The most users whose seats one reduction releases. It is one transaction, and its response has
/// the result of each user.
pub const RELEASE_USERS_MAX: usize = 1_000;

/// The most selections that one call combines: the server reads each of them whole.
pub const COMBINED_SELECTIONS_MAX: usize = 10;

/// The most violation types that select the failed users of a batch: more than exist.
pub const VIOLATION_TYPES_MAX: usize = 100;

/// The most paths of an update mask: more than the fields of any resource.
pub const MASK_PATHS_MAX: usize = 100;
