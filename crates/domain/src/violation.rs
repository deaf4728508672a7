use crate::{PlanKey, ProductKey, UsageLocation};

/// The result of a change for one product of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The product was assigned and took a seat.
    Assigned,
    /// The user already held the product; its disabled plans changed. No seat was taken.
    Updated,
    /// The product was revoked and freed a seat.
    Revoked,
    /// The product was already as requested.
    Unchanged,
    /// The change failed and modified nothing; the violations contain the reasons.
    Failed,
    /// The change applies later: it waits until seats for it are available.
    Waitlisted,
}

impl Outcome {
    /// Whether a license was added, removed or changed.
    #[must_use]
    pub const fn is_change(self) -> bool {
        match self {
            Self::Assigned | Self::Updated | Self::Revoked => true,
            Self::Unchanged | Self::Failed | Self::Waitlisted => false,
        }
    }
}

/// Why a change failed for a product of a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Violation {
    /// The customer's directory has no such user.
    UserNotFound,
    /// The user is blocked: licenses can be revoked and plans disabled, but neither can be gained.
    UserBlocked,
    /// The customer has no entitlement to the product.
    NotEntitled,
    /// The customer's entitlement has no unit that is assignable now.
    EntitlementSuspended,
    /// The product belongs to the whole company.
    NotAssignableToUser,
    /// The user has no usage location, so availability can't be checked.
    UsageLocationMissing,
    /// The product, or one of its enabled plans, is not available in the user's location.
    ProhibitedInUsageLocation {
        /// The user's usage location.
        location: UsageLocation,
        /// The plan that is not available, or `None` for the product as a whole.
        plan: Option<PlanKey>,
    },
    /// Two distinct members of one exclusion group would be enabled.
    MutuallyExclusive {
        /// The group's index in the catalog.
        group: usize,
        /// The plan of the failed product, or `None` if products exclude each other.
        plan: Option<PlanKey>,
        /// The conflicting product; the failed product itself if both plans belong to it.
        other_product: ProductKey,
        /// The conflicting plan, or `None` if products exclude each other.
        other_plan: Option<PlanKey>,
    },
    /// A dependency of an enabled plan would not be satisfied.
    DependencyMissing {
        /// The product with the dependent plan: the failed product itself, or another license of
        /// the user that would lose the plan it needs.
        dependent_product: ProductKey,
        /// The plan with the dependency.
        plan: PlanKey,
    },
    /// No seat is left.
    SeatsExhausted {
        /// Available seats; zero or negative.
        available: i64,
    },
    /// The product itself has no violation, but another product of the same user failed.
    OtherChangeFailed {
        /// The first product that failed.
        product: ProductKey,
    },
    /// The user has no violation, but another user of an all-or-nothing batch failed.
    OtherUserFailed,
    /// The batch was cancelled before it reached this user.
    Cancelled,
    /// Another change has modified the license since the batch to revert; it was left unchanged.
    ChangedSince,
    /// The catalog retired the product after the batch to revert had revoked it.
    ProductRetired,
}

/// The type of a violation without its details, as used in counts, filters and the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "documented at the variants of Violation, one for one"
)]
pub enum ViolationType {
    UserNotFound,
    UserBlocked,
    NotEntitled,
    EntitlementSuspended,
    NotAssignableToUser,
    UsageLocationMissing,
    ProhibitedInUsageLocation,
    MutuallyExclusive,
    DependencyMissing,
    SeatsExhausted,
    OtherChangeFailed,
    OtherUserFailed,
    Cancelled,
    ChangedSince,
    ProductRetired,
}

impl ViolationType {
    /// All types, in the order of their declaration.
    pub const ALL: [Self; 15] = [
        Self::UserNotFound,
        Self::UserBlocked,
        Self::NotEntitled,
        Self::EntitlementSuspended,
        Self::NotAssignableToUser,
        Self::UsageLocationMissing,
        Self::ProhibitedInUsageLocation,
        Self::MutuallyExclusive,
        Self::DependencyMissing,
        Self::SeatsExhausted,
        Self::OtherChangeFailed,
        Self::OtherUserFailed,
        Self::Cancelled,
        Self::ChangedSince,
        Self::ProductRetired,
    ];
}

impl Violation {
    /// The type of the violation.
    #[must_use]
    pub const fn violation_type(&self) -> ViolationType {
        match self {
            Self::UserNotFound => ViolationType::UserNotFound,
            Self::UserBlocked => ViolationType::UserBlocked,
            Self::NotEntitled => ViolationType::NotEntitled,
            Self::EntitlementSuspended => ViolationType::EntitlementSuspended,
            Self::NotAssignableToUser => ViolationType::NotAssignableToUser,
            Self::UsageLocationMissing => ViolationType::UsageLocationMissing,
            Self::ProhibitedInUsageLocation { .. } => ViolationType::ProhibitedInUsageLocation,
            Self::MutuallyExclusive { .. } => ViolationType::MutuallyExclusive,
            Self::DependencyMissing { .. } => ViolationType::DependencyMissing,
            Self::SeatsExhausted { .. } => ViolationType::SeatsExhausted,
            Self::OtherChangeFailed { .. } => ViolationType::OtherChangeFailed,
            Self::OtherUserFailed => ViolationType::OtherUserFailed,
            Self::Cancelled => ViolationType::Cancelled,
            Self::ChangedSince => ViolationType::ChangedSince,
            Self::ProductRetired => ViolationType::ProductRetired,
        }
    }
}

/// A notice about a change that was made; never a failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Warning {
    /// The seat taken belongs to a lapsed purchase in grace.
    SeatInGrace,
    /// Plans that the change did not list stayed disabled, because the user had disabled them
    /// before.
    PlanLeftOff {
        /// The plans, ascending, never empty.
        plans: Vec<PlanKey>,
    },
}

/// The type of a warning without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "documented at the variants of Warning, one for one"
)]
pub enum WarningType {
    SeatInGrace,
    PlanLeftOff,
}

impl Warning {
    /// The type of the warning.
    #[must_use]
    pub const fn warning_type(&self) -> WarningType {
        match self {
            Self::SeatInGrace => WarningType::SeatInGrace,
            Self::PlanLeftOff { .. } => WarningType::PlanLeftOff,
        }
    }
}
