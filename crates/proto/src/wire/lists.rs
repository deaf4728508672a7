use std::mem::size_of;

use crate::limits::{
    CATALOG_ITEMS_MAX, CATALOG_NAMES_MAX, CHANGE_PLANS_MAX, CHANGE_PRODUCTS_MAX,
    COMBINED_SELECTIONS_MAX, DEPENDENCY_ALTERNATIVES_MAX, DISABLED_PLANS_MAX,
    EXCLUSION_MEMBERS_MAX, IMPORTED_USERS_MAX, LISTED_PRODUCTS_MAX, LISTED_USERS_MAX,
    MASK_PATHS_MAX, PRODUCT_PLANS_MAX, PROHIBITED_LOCATIONS_MAX, RELEASE_USERS_MAX,
    VIOLATION_TYPES_MAX,
};
use crate::v1;

/// The most elements of a list of a request, or of several lists of one message together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListLimit {
    /// The full name of the message that the list is a field of.
    pub message: &'static str,
    /// The fields that are counted together.
    pub fields: &'static [&'static str],
    /// The most elements in one such message.
    pub max: usize,
    /// The most elements in a whole request message, over all lists with the same total.
    pub total: Total,
    /// The most bytes that one element takes in memory, without its heap contents.
    pub element_bytes: usize,
    /// A noun for the elements, in the plural; error messages use it.
    pub elements: &'static str,
    /// The alternative for a caller with more elements, as error messages and metadata name it.
    pub alternative: &'static str,
}

/// A count over a whole request message, which may have the same list several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Users of explicit lists.
    ListedUsers,
    /// Products of changes.
    ChangeProducts,
    /// Plans that assignments leave off.
    DisabledPlans,
    /// Products of queries.
    ListedProducts,
    /// Users to import.
    ImportedUsers,
    /// Items of a catalog.
    CatalogItems,
    /// Names and countries in the lists of a catalog's items.
    CatalogNames,
    /// Users who release their seats.
    ReleaseUsers,
    /// Selections to combine.
    CombinedSelections,
    /// Types of violations.
    ViolationTypes,
    /// Paths of an update mask.
    MaskPaths,
}

impl Total {
    /// The number of totals.
    pub(super) const COUNT: usize = 11;

    /// The most elements in a whole request message.
    #[must_use]
    pub const fn max(self) -> usize {
        match self {
            Self::ListedUsers => LISTED_USERS_MAX,
            Self::ChangeProducts => CHANGE_PRODUCTS_MAX,
            Self::DisabledPlans => CHANGE_PLANS_MAX,
            Self::ListedProducts => LISTED_PRODUCTS_MAX,
            Self::ImportedUsers => IMPORTED_USERS_MAX,
            Self::CatalogItems => CATALOG_ITEMS_MAX,
            Self::CatalogNames => CATALOG_NAMES_MAX,
            Self::ReleaseUsers => RELEASE_USERS_MAX,
            Self::CombinedSelections => COMBINED_SELECTIONS_MAX,
            Self::ViolationTypes => VIOLATION_TYPES_MAX,
            Self::MaskPaths => MASK_PATHS_MAX,
        }
    }
}

const TEXT: usize = size_of::<String>();

macro_rules! limit {
    ($message:literal, $fields:expr, $max:expr, $total:ident, $bytes:expr, $elements:literal, $alternative:literal) => {
        ListLimit {
            message: $message,
            fields: &$fields,
            max: $max,
            total: Total::$total,
            element_bytes: $bytes,
            elements: $elements,
            alternative: $alternative,
        }
    };
}

/// The limit of a list in a catalog's items. Callers with more items send more messages.
macro_rules! names {
    ($message:literal, $field:literal, $max:expr) => {
        limit!(
            $message,
            [$field],
            $max,
            CatalogNames,
            TEXT,
            "names",
            "more messages"
        )
    };
}

/// The limits of every list that a request can have. A test fails for a list without a limit.
pub(super) const LISTS: [ListLimit; 25] = [
    limit!(
        "seatkeeper.v1.UserList",
        ["names"],
        LISTED_USERS_MAX,
        ListedUsers,
        TEXT,
        "users",
        "StreamBatchUpdateLicenses"
    ),
    limit!(
        "seatkeeper.v1.Change",
        ["assign", "revoke"],
        CHANGE_PRODUCTS_MAX,
        ChangeProducts,
        size_of::<v1::Assignment>(),
        "products",
        "several changes"
    ),
    limit!(
        "seatkeeper.v1.Assignment",
        ["disabled_plans"],
        DISABLED_PLANS_MAX,
        DisabledPlans,
        TEXT,
        "plans",
        "fewer plans"
    ),
    limit!(
        "seatkeeper.v1.WaitlistEntry",
        ["disabled_plans"],
        DISABLED_PLANS_MAX,
        DisabledPlans,
        TEXT,
        "plans",
        "fewer plans"
    ),
    limit!(
        "seatkeeper.v1.SummarizeLicensesRequest",
        ["products"],
        LISTED_PRODUCTS_MAX,
        ListedProducts,
        TEXT,
        "products",
        "several calls"
    ),
    limit!(
        "seatkeeper.v1.CheckProductEligibilityRequest",
        ["products"],
        LISTED_PRODUCTS_MAX,
        ListedProducts,
        TEXT,
        "products",
        "several calls"
    ),
    limit!(
        "seatkeeper.v1.ImportUsersRequest.UserBatch",
        ["users"],
        IMPORTED_USERS_MAX,
        ImportedUsers,
        size_of::<v1::User>(),
        "users",
        "more messages"
    ),
    limit!(
        "seatkeeper.v1.ImportCatalogRequest.Items",
        ["products", "service_plans", "rules"],
        CATALOG_ITEMS_MAX,
        CatalogItems,
        size_of::<v1::Product>(),
        "items",
        "more messages"
    ),
    names!("seatkeeper.v1.Product", "service_plans", PRODUCT_PLANS_MAX),
    names!(
        "seatkeeper.v1.Product",
        "exclusion_groups",
        CATALOG_NAMES_MAX
    ),
    names!(
        "seatkeeper.v1.Product",
        "excluded_products",
        CATALOG_NAMES_MAX
    ),
    names!(
        "seatkeeper.v1.Product",
        "prohibited_locations",
        CATALOG_NAMES_MAX
    ),
    names!("seatkeeper.v1.ServicePlan", "needs", CATALOG_NAMES_MAX),
    names!(
        "seatkeeper.v1.ServicePlan",
        "exclusion_groups",
        CATALOG_NAMES_MAX
    ),
    names!(
        "seatkeeper.v1.ServicePlan",
        "excluded_plans",
        CATALOG_NAMES_MAX
    ),
    names!(
        "seatkeeper.v1.ServicePlan",
        "prohibited_locations",
        CATALOG_NAMES_MAX
    ),
    names!("seatkeeper.v1.NeededPlans", "any_of", CATALOG_NAMES_MAX),
    names!(
        "seatkeeper.v1.ExclusionGroup",
        "service_plans",
        EXCLUSION_MEMBERS_MAX
    ),
    names!(
        "seatkeeper.v1.ExclusionGroup",
        "products",
        EXCLUSION_MEMBERS_MAX
    ),
    names!(
        "seatkeeper.v1.Dependency",
        "needs_any_of",
        DEPENDENCY_ALTERNATIVES_MAX
    ),
    names!(
        "seatkeeper.v1.LocationRule",
        "prohibited_locations",
        PROHIBITED_LOCATIONS_MAX
    ),
    limit!(
        "seatkeeper.v1.ReduceSeatsRequest",
        ["release_users"],
        RELEASE_USERS_MAX,
        ReleaseUsers,
        TEXT,
        "users",
        "BatchUpdateLicenses"
    ),
    limit!(
        "seatkeeper.v1.CombineSelectionsRequest",
        ["sources"],
        COMBINED_SELECTIONS_MAX,
        CombinedSelections,
        TEXT,
        "selections",
        "several calls"
    ),
    limit!(
        "seatkeeper.v1.RetryFailedBatchRequest",
        ["violation_types"],
        VIOLATION_TYPES_MAX,
        ViolationTypes,
        size_of::<i32>(),
        "violation types",
        "no violation types"
    ),
    limit!(
        "google.protobuf.FieldMask",
        ["paths"],
        MASK_PATHS_MAX,
        MaskPaths,
        TEXT,
        "paths",
        "no update mask"
    ),
];
