use crate::{PlanKey, ProductKey, UsageLocation};

/// What happened to one product of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The user came to hold the product and took a seat.
    Assigned,
    /// The user held the product; its disabled plans changed. No seat was taken.
    Updated,
    /// The user lost the product and freed a seat.
    Revoked,
    /// There was nothing to do.
    Unchanged,
    /// Nothing was done; the violations say why.
    Failed,
    /// Nothing was done yet: the user's change waits until there are seats for it.
    Waitlisted,
}

impl Outcome {
    /// Whether a license came, went or became another.
    #[must_use]
    pub const fn is_change(self) -> bool {
        match self {
            Self::Assigned | Self::Updated | Self::Revoked => true,
            Self::Unchanged | Self::Failed | Self::Waitlisted => false,
        }
    }
}

/// Why a product of a user failed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Violation {
    /// The customer's directory has no such user.
    UserNotFound,
    /// The user is blocked: they may lose licenses, and have plans switched off, but gain neither.
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
        /// Where the user is.
        location: UsageLocation,
        /// The plan that is not available, or `None` for the product as a whole.
        plan: Option<PlanKey>,
    },
    /// Two distinct members of one exclusion group would be enabled.
    MutuallyExclusive {
        /// The group's index in the catalog.
        group: usize,
        /// The plan of the failed product, or `None` when products exclude one another.
        plan: Option<PlanKey>,
        /// The product it clashes with; the failed product itself when both plans come from it.
        other_product: ProductKey,
        /// The plan it clashes with, or `None` when products exclude one another.
        other_plan: Option<PlanKey>,
    },
    /// An enabled plan would be without what it needs.
    DependencyMissing {
        /// The product whose plan is in need; the failed product itself, or another license of
        /// the user that would lose what it needs.
        dependent_product: ProductKey,
        /// The plan in need.
        plan: PlanKey,
    },
    /// No seat is left.
    SeatsExhausted {
        /// Seats available, zero or negative.
        available: i64,
    },
    /// The product itself was fine, but another product of the same user failed.
    OtherChangeFailed {
        /// The first product that failed.
        product: ProductKey,
    },
    /// The user was fine, but another user of an all-or-nothing batch failed.
    OtherUserFailed,
    /// The batch was cancelled before this user.
    Cancelled,
    /// The license has changed since the batch that is reverted, and was left as it is.
    ChangedSince,
    /// The catalog has retired the product since the batch that is reverted revoked it.
    ProductRetired,
}

/// A violation without its details: what is counted, filtered and named on the wire.
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
    /// Every type, in the order of their declaration.
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
    /// The violation without its details.
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

/// Something that was done and that the caller may want to know; never a failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Warning {
    /// The seat taken is one whose purchase has lapsed and is in grace.
    SeatInGrace,
    /// Plans the change did not name stayed off, because the user had them off before.
    PlanLeftOff {
        /// The plans, ascending, never empty.
        plans: Vec<PlanKey>,
    },
}

/// A warning without its details.
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
    /// The warning without its details.
    #[must_use]
    pub const fn warning_type(&self) -> WarningType {
        match self {
            Self::SeatInGrace => WarningType::SeatInGrace,
            Self::PlanLeftOff { .. } => WarningType::PlanLeftOff,
        }
    }
}
