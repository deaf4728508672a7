use seatkeeper_domain::{AppliesTo, BatchMode, PlanPolicy, ShortagePolicy, ViolationType};
use seatkeeper_proto::v1;

use crate::error::FieldError;

/// The error for a number that is not a value of the enumeration.
pub(crate) fn unknown_value(field: &str, given: i32) -> FieldError {
    FieldError::invalid(field, format!("{given} is not a value of this enumeration"))
        .with("given", given)
}

pub(crate) fn mode(field: &str, given: i32) -> Result<BatchMode, FieldError> {
    match v1::BatchMode::try_from(given) {
        Ok(v1::BatchMode::Unspecified | v1::BatchMode::PerUser) => Ok(BatchMode::PerUser),
        Ok(v1::BatchMode::PerLicense) => Ok(BatchMode::PerLicense),
        Ok(v1::BatchMode::AllOrNothing) => Ok(BatchMode::AllOrNothing),
        Err(_) => Err(unknown_value(field, given)),
    }
}

pub(crate) fn mode_to_proto(mode: BatchMode) -> v1::BatchMode {
    match mode {
        BatchMode::PerUser => v1::BatchMode::PerUser,
        BatchMode::PerLicense => v1::BatchMode::PerLicense,
        BatchMode::AllOrNothing => v1::BatchMode::AllOrNothing,
    }
}

pub(crate) fn shortage(field: &str, given: i32) -> Result<ShortagePolicy, FieldError> {
    match v1::ShortagePolicy::try_from(given) {
        Ok(v1::ShortagePolicy::Unspecified | v1::ShortagePolicy::AssignUntilExhausted) => {
            Ok(ShortagePolicy::AssignUntilExhausted)
        }
        Ok(v1::ShortagePolicy::RequireAll) => Ok(ShortagePolicy::RequireAll),
        Ok(v1::ShortagePolicy::BuyMore) => Ok(ShortagePolicy::BuyMore),
        Ok(v1::ShortagePolicy::Waitlist) => Ok(ShortagePolicy::Waitlist),
        Err(_) => Err(unknown_value(field, given)),
    }
}

pub(crate) fn shortage_to_proto(shortage: ShortagePolicy) -> v1::ShortagePolicy {
    match shortage {
        ShortagePolicy::AssignUntilExhausted => v1::ShortagePolicy::AssignUntilExhausted,
        ShortagePolicy::RequireAll => v1::ShortagePolicy::RequireAll,
        ShortagePolicy::BuyMore => v1::ShortagePolicy::BuyMore,
        ShortagePolicy::Waitlist => v1::ShortagePolicy::Waitlist,
    }
}

pub(crate) fn plan_policy(field: &str, given: i32) -> Result<PlanPolicy, FieldError> {
    match v1::PlanPolicy::try_from(given) {
        Ok(v1::PlanPolicy::Unspecified | v1::PlanPolicy::Replace) => Ok(PlanPolicy::Replace),
        Ok(v1::PlanPolicy::Keep) => Ok(PlanPolicy::Keep),
        Err(_) => Err(unknown_value(field, given)),
    }
}

pub(crate) fn plan_policy_to_proto(policy: PlanPolicy) -> v1::PlanPolicy {
    match policy {
        PlanPolicy::Replace => v1::PlanPolicy::Replace,
        PlanPolicy::Keep => v1::PlanPolicy::Keep,
    }
}

pub(crate) fn applies_to(field: &str, given: i32) -> Result<AppliesTo, FieldError> {
    match v1::AppliesTo::try_from(given) {
        Ok(v1::AppliesTo::Unspecified | v1::AppliesTo::User) => Ok(AppliesTo::User),
        Ok(v1::AppliesTo::Company) => Ok(AppliesTo::Company),
        Err(_) => Err(unknown_value(field, given)),
    }
}

pub(crate) fn applies_to_to_proto(applies_to: AppliesTo) -> v1::AppliesTo {
    match applies_to {
        AppliesTo::User => v1::AppliesTo::User,
        AppliesTo::Company => v1::AppliesTo::Company,
    }
}

/// Parses an optional policy; `None` when it is unspecified.
pub(crate) fn optional_shortage(
    field: &str,
    given: i32,
) -> Result<Option<ShortagePolicy>, FieldError> {
    if given == i32::from(v1::ShortagePolicy::Unspecified) {
        return Ok(None);
    }
    shortage(field, given).map(Some)
}

/// Parses a violation type to filter by; `None` when it is unspecified.
///
/// # Errors
/// Unknown types, and types that no result can have yet: the filter would never match.
pub(crate) fn violation_type(field: &str, given: i32) -> Result<Option<ViolationType>, FieldError> {
    if given == 0 {
        return Ok(None);
    }
    let found = ViolationType::ALL
        .into_iter()
        .find(|violation| i32::from(violation_type_to_proto(*violation)) == given);
    found.map(Some).ok_or_else(|| unknown_value(field, given))
}

pub(crate) fn violation_type_to_proto(violation: ViolationType) -> v1::ViolationType {
    match violation {
        ViolationType::UserNotFound => v1::ViolationType::UserNotFound,
        ViolationType::UserBlocked => v1::ViolationType::UserBlocked,
        ViolationType::NotEntitled => v1::ViolationType::NotEntitled,
        ViolationType::EntitlementSuspended => v1::ViolationType::EntitlementSuspended,
        ViolationType::NotAssignableToUser => v1::ViolationType::NotAssignableToUser,
        ViolationType::UsageLocationMissing => v1::ViolationType::UsageLocationMissing,
        ViolationType::ProhibitedInUsageLocation => v1::ViolationType::ProhibitedInUsageLocation,
        ViolationType::MutuallyExclusive => v1::ViolationType::MutuallyExclusive,
        ViolationType::DependencyMissing => v1::ViolationType::DependencyMissing,
        ViolationType::SeatsExhausted => v1::ViolationType::SeatsExhausted,
        ViolationType::OtherChangeFailed => v1::ViolationType::OtherChangeFailed,
        ViolationType::OtherUserFailed => v1::ViolationType::OtherUserFailed,
        ViolationType::Cancelled => v1::ViolationType::Cancelled,
        ViolationType::ChangedSince => v1::ViolationType::ChangedSince,
        ViolationType::ProductRetired => v1::ViolationType::ProductRetired,
    }
}
