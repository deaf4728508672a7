//! The vocabulary and rules of Seatkeeper: which user may hold which license.
//!
//! Everything here is pure: no I/O, no clock, no randomness, no async. State and decisions are
//! plain values, so every rule can be tested against a simple reference.
//!
//! A *change* lists products to assign and to revoke. The planner decides it for every user of a
//! chunk, based on the user's final state, and returns one [`Decision`] per user.

mod batch;
mod buy_more;
mod catalog;
mod catalog_import;
mod change;
mod compiled;
mod customer;
mod decision;
mod entitlement;
mod filter;
mod id;
mod journal;
mod key;
mod license;
mod location;
mod name;
mod order;
mod plan_set;
mod planner;
mod principal;
mod revert;
mod role;
mod selection;
mod state;
mod time;
mod user;
mod user_set;
mod violation;
mod waitlist;

pub use batch::{BatchMode, BatchState, OutcomeCounts, ShortagePolicy, ViolationCounts};
pub use buy_more::{BUY_MORE_TEMPLATE_LENGTH_MAX, BuyMoreTemplate, BuyMoreTemplateError};
pub use catalog::{
    AppliesTo, Catalog, CatalogVersion, Dependency, ExclusionGroup, ExclusionMembers, LocationRule,
    Product, Restricted, ServicePlan,
};
pub use catalog_import::{
    CATALOG_PRODUCTS_MAX, CATALOG_SERVICE_PLANS_MAX, CATALOG_TEXT_LENGTH_MAX, CatalogDraft,
    CatalogImportMode, DEPENDENCIES_MAX, DEPENDENCY_ALTERNATIVES_MAX, EXCLUSION_GROUPS_MAX,
    EXCLUSION_MEMBERS_MAX, ExclusionMemberIds, IMPORT_ERRORS_MAX, ImportCounts, ImportError,
    ImportField, ImportSubject, ImportWarning, LOCATION_RULES_MAX, PRODUCT_SERVICE_PLANS_MAX,
    RestrictedId, ValidatedDraft,
};
pub use change::{
    Assignment, AssignmentRequest, Change, ChangeErrorReason, ChangeRequest, FieldViolation,
    PlanPolicy, parse_change,
};
pub use compiled::CompiledCatalog;
pub use customer::Customer;
pub use decision::{ChunkPlan, Decision, ProductDecision};
pub use entitlement::{Entitlement, GRACE_MICROS, Purchase, PurchaseState, SeatPool, Units};
pub use filter::{
    FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, FILTER_TERMS_MAX, FilterError, FilterProblem, TextMatch,
    UserFilter, UserTextField, fold_case,
};
pub use id::{
    BatchId, CustomerId, ID_LENGTH_MAX, IdError, ProductId, PurchaseId, RequestId, SelectionId,
    ServicePlanId, UserId,
};
pub use journal::{BatchSpan, Effect, JournalEntry, LicenseChanges, MemberResult};
pub use key::{BatchKey, CustomerKey, JournalSequence, PlanKey, ProductKey, SelectionKey, UserKey};
pub use license::{HeldLicense, License};
pub use location::{LocationError, UsageLocation};
pub use name::{
    BatchName, CustomerName, EntitlementName, LicenseName, LicenseParent, NameError, NameProblem,
    ProductName, SelectionName, ServicePlanName, ServicePlanParent, UserName, WaitlistEntryName,
    WaitlistParent,
};
pub use order::{OrderError, UserOrder, UserOrderField};
pub use plan_set::PlanSet;
pub use planner::{
    Planner, PlannerOptions, RelevantProducts, RevertPlanner, RevertRequest, SeatPools,
};
pub use principal::Principal;
pub use revert::{LicenseRevert, UserRevert};
pub use role::{Permission, Role, RoleError, allows};
pub use selection::Selection;
pub use state::{ChunkState, Holding, HoldingIndex, Member, MemberState};
pub use time::Timestamp;
pub use user::{User, UserFacts, UserState};
pub use user_set::{UserBlock, UserBlockError, UserSet};
pub use violation::{Outcome, Violation, ViolationType, Warning, WarningType};
pub use waitlist::{
    LeaveReason, WAITLIST_PRIORITY_MAX, WaitingChange, WaitlistEntry, WaitlistLeave,
    WaitlistSortKey,
};
