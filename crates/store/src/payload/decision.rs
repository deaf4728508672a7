use seatkeeper_domain::{Decision, HeldLicense, Outcome, ProductDecision, ProductKey};

use super::plan_set::PlanSetPayload;
use super::violation::{ViolationPayload, WarningPayload};
use super::{Malformed, each, required};

/// A decision, shared by users of a chunk.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct DecisionPayload {
    #[prost(message, repeated, tag = "1")]
    products: Vec<ProductDecisionPayload>,
    /// `None` when the caller did not request it.
    #[prost(message, optional, tag = "2")]
    held_after: Option<HoldingPayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ProductDecisionPayload {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(int32, tag = "2")]
    outcome: i32,
    #[prost(message, optional, tag = "3")]
    before: Option<PlanSetPayload>,
    #[prost(message, optional, tag = "4")]
    after: Option<PlanSetPayload>,
    #[prost(message, repeated, tag = "5")]
    violations: Vec<ViolationPayload>,
    #[prost(message, repeated, tag = "6")]
    warnings: Vec<WarningPayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HoldingPayload {
    #[prost(message, repeated, tag = "1")]
    licenses: Vec<HeldLicensePayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HeldLicensePayload {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(message, optional, tag = "2")]
    disabled_plans: Option<PlanSetPayload>,
}

impl From<&Decision> for DecisionPayload {
    fn from(decision: &Decision) -> Self {
        let products = decision.products.iter();
        Self {
            products: products.map(ProductDecisionPayload::from).collect(),
            held_after: decision.held_after.as_ref().map(|licenses| HoldingPayload {
                licenses: licenses.iter().map(HeldLicensePayload::from).collect(),
            }),
        }
    }
}

impl TryFrom<DecisionPayload> for Decision {
    type Error = Malformed;

    fn try_from(payload: DecisionPayload) -> Result<Self, Malformed> {
        Ok(Self {
            products: each(payload.products)?,
            held_after: payload
                .held_after
                .map(|holding| each(holding.licenses))
                .transpose()?,
        })
    }
}

impl From<&ProductDecision> for ProductDecisionPayload {
    fn from(decision: &ProductDecision) -> Self {
        let violations = decision.violations.iter();
        Self {
            product: decision.product.0,
            outcome: match decision.outcome {
                Outcome::Assigned => 1,
                Outcome::Updated => 2,
                Outcome::Revoked => 3,
                Outcome::Unchanged => 4,
                Outcome::Failed => 5,
                Outcome::Waitlisted => 6,
            },
            before: decision.before.as_ref().map(PlanSetPayload::from),
            after: decision.after.as_ref().map(PlanSetPayload::from),
            violations: violations.map(ViolationPayload::from).collect(),
            warnings: decision.warnings.iter().map(WarningPayload::from).collect(),
        }
    }
}

impl TryFrom<ProductDecisionPayload> for ProductDecision {
    type Error = Malformed;

    fn try_from(payload: ProductDecisionPayload) -> Result<Self, Malformed> {
        Ok(Self {
            product: ProductKey(payload.product),
            outcome: match payload.outcome {
                1 => Outcome::Assigned,
                2 => Outcome::Updated,
                3 => Outcome::Revoked,
                4 => Outcome::Unchanged,
                5 => Outcome::Failed,
                6 => Outcome::Waitlisted,
                other => return Err(Malformed::number("outcome", other)),
            },
            before: payload.before.map(TryInto::try_into).transpose()?,
            after: payload.after.map(TryInto::try_into).transpose()?,
            violations: each(payload.violations)?,
            warnings: each(payload.warnings)?,
        })
    }
}

impl From<&HeldLicense> for HeldLicensePayload {
    fn from(held: &HeldLicense) -> Self {
        Self {
            product: held.product.0,
            disabled_plans: Some(PlanSetPayload::from(&held.disabled_plans)),
        }
    }
}

impl TryFrom<HeldLicensePayload> for HeldLicense {
    type Error = Malformed;

    fn try_from(payload: HeldLicensePayload) -> Result<Self, Malformed> {
        Ok(Self {
            product: ProductKey(payload.product),
            disabled_plans: required(payload.disabled_plans, "disabled_plans")?.try_into()?,
        })
    }
}
