use seatkeeper_domain::{PlanKey, ProductKey, Violation, ViolationType, Warning};

use super::plan_set::{keys, plan_keys};
use super::user::location;
use super::{Malformed, required};

/// A violation: the number of its type, and the details that the type has.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ViolationPayload {
    #[prost(int32, tag = "1")]
    number: i32,
    #[prost(string, tag = "2")]
    location: String,
    #[prost(uint32, optional, tag = "3")]
    plan: Option<u32>,
    #[prost(uint64, tag = "4")]
    group: u64,
    #[prost(uint32, tag = "5")]
    product: u32,
    #[prost(uint32, optional, tag = "6")]
    other_plan: Option<u32>,
    #[prost(sint64, tag = "7")]
    available: i64,
}

/// A warning: 1 for a seat in grace, 2 for plans left disabled, with their keys.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct WarningPayload {
    #[prost(int32, tag = "1")]
    number: i32,
    #[prost(uint32, repeated, tag = "2")]
    plans: Vec<u32>,
}

/// The stored number of a type. Numbers are never reused.
pub(super) const fn number_of(violation: ViolationType) -> i32 {
    match violation {
        ViolationType::UserNotFound => 1,
        ViolationType::UserBlocked => 2,
        ViolationType::NotEntitled => 3,
        ViolationType::EntitlementSuspended => 4,
        ViolationType::NotAssignableToUser => 5,
        ViolationType::UsageLocationMissing => 6,
        ViolationType::ProhibitedInUsageLocation => 7,
        ViolationType::MutuallyExclusive => 8,
        ViolationType::DependencyMissing => 9,
        ViolationType::SeatsExhausted => 10,
        ViolationType::OtherChangeFailed => 11,
        ViolationType::OtherUserFailed => 12,
        ViolationType::Cancelled => 13,
        ViolationType::ChangedSince => 14,
        ViolationType::ProductRetired => 15,
    }
}

pub(super) fn type_of(number: i32) -> Result<ViolationType, Malformed> {
    ViolationType::ALL
        .into_iter()
        .find(|&violation| number_of(violation) == number)
        .ok_or_else(|| Malformed::number("violation", number))
}

impl From<&Violation> for ViolationPayload {
    fn from(violation: &Violation) -> Self {
        let mut payload = Self {
            number: number_of(violation.violation_type()),
            ..Self::default()
        };
        match violation {
            Violation::UserNotFound
            | Violation::UserBlocked
            | Violation::NotEntitled
            | Violation::EntitlementSuspended
            | Violation::NotAssignableToUser
            | Violation::UsageLocationMissing
            | Violation::OtherUserFailed
            | Violation::Cancelled
            | Violation::ChangedSince
            | Violation::ProductRetired => {}
            Violation::ProhibitedInUsageLocation { location, plan } => {
                location.as_str().clone_into(&mut payload.location);
                payload.plan = plan.map(|plan| plan.0);
            }
            Violation::MutuallyExclusive {
                group,
                plan,
                other_product,
                other_plan,
            } => {
                payload.group = *group as u64;
                payload.plan = plan.map(|plan| plan.0);
                payload.product = other_product.0;
                payload.other_plan = other_plan.map(|plan| plan.0);
            }
            Violation::DependencyMissing {
                dependent_product,
                plan,
            } => {
                payload.product = dependent_product.0;
                payload.plan = Some(plan.0);
            }
            Violation::SeatsExhausted { available } => payload.available = *available,
            Violation::OtherChangeFailed { product } => payload.product = product.0,
        }
        payload
    }
}

impl TryFrom<ViolationPayload> for Violation {
    type Error = Malformed;

    fn try_from(payload: ViolationPayload) -> Result<Self, Malformed> {
        let product = ProductKey(payload.product);
        let plan = payload.plan.map(PlanKey);
        Ok(match type_of(payload.number)? {
            ViolationType::UserNotFound => Self::UserNotFound,
            ViolationType::UserBlocked => Self::UserBlocked,
            ViolationType::NotEntitled => Self::NotEntitled,
            ViolationType::EntitlementSuspended => Self::EntitlementSuspended,
            ViolationType::NotAssignableToUser => Self::NotAssignableToUser,
            ViolationType::UsageLocationMissing => Self::UsageLocationMissing,
            ViolationType::ProhibitedInUsageLocation => Self::ProhibitedInUsageLocation {
                location: location(&payload.location)?,
                plan,
            },
            ViolationType::MutuallyExclusive => Self::MutuallyExclusive {
                group: usize::try_from(payload.group)
                    .map_err(|_| Malformed::new("an exclusion group is out of range"))?,
                plan,
                other_product: product,
                other_plan: payload.other_plan.map(PlanKey),
            },
            ViolationType::DependencyMissing => Self::DependencyMissing {
                dependent_product: product,
                plan: required(plan, "the dependent plan")?,
            },
            ViolationType::SeatsExhausted => Self::SeatsExhausted {
                available: payload.available,
            },
            ViolationType::OtherChangeFailed => Self::OtherChangeFailed { product },
            ViolationType::OtherUserFailed => Self::OtherUserFailed,
            ViolationType::Cancelled => Self::Cancelled,
            ViolationType::ChangedSince => Self::ChangedSince,
            ViolationType::ProductRetired => Self::ProductRetired,
        })
    }
}

impl From<&Warning> for WarningPayload {
    fn from(warning: &Warning) -> Self {
        match warning {
            Warning::SeatInGrace => Self {
                number: 1,
                plans: Vec::new(),
            },
            Warning::PlanLeftOff { plans } => Self {
                number: 2,
                plans: keys(plans.iter().copied()),
            },
        }
    }
}

impl TryFrom<WarningPayload> for Warning {
    type Error = Malformed;

    fn try_from(payload: WarningPayload) -> Result<Self, Malformed> {
        match payload.number {
            1 => Ok(Self::SeatInGrace),
            2 => Ok(Self::PlanLeftOff {
                plans: plan_keys(&payload.plans).collect(),
            }),
            other => Err(Malformed::number("warning", other)),
        }
    }
}
