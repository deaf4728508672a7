use seatkeeper_domain::{Assignment, Change, PlanPolicy, ProductKey};

use super::plan_set::PlanSetPayload;
use super::{Malformed, each, required};

/// A batch's change.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ChangePayload {
    #[prost(message, repeated, tag = "1")]
    assign: Vec<AssignmentPayload>,
    #[prost(uint32, repeated, tag = "2")]
    revoke: Vec<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct AssignmentPayload {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(message, optional, tag = "2")]
    disabled_plans: Option<PlanSetPayload>,
    /// 1 for replace, 2 for keep.
    #[prost(int32, tag = "3")]
    plan_policy: i32,
}

impl From<&Change> for ChangePayload {
    fn from(change: &Change) -> Self {
        Self {
            assign: change.assign.iter().map(AssignmentPayload::from).collect(),
            revoke: change.revoke.iter().map(|product| product.0).collect(),
        }
    }
}

impl TryFrom<ChangePayload> for Change {
    type Error = Malformed;

    fn try_from(payload: ChangePayload) -> Result<Self, Malformed> {
        Ok(Self {
            assign: each(payload.assign)?,
            revoke: payload.revoke.into_iter().map(ProductKey).collect(),
        })
    }
}

impl From<&Assignment> for AssignmentPayload {
    fn from(assignment: &Assignment) -> Self {
        Self {
            product: assignment.product.0,
            disabled_plans: Some(PlanSetPayload::from(&assignment.disabled_plans)),
            plan_policy: match assignment.plan_policy {
                PlanPolicy::Replace => 1,
                PlanPolicy::Keep => 2,
            },
        }
    }
}

impl TryFrom<AssignmentPayload> for Assignment {
    type Error = Malformed;

    fn try_from(payload: AssignmentPayload) -> Result<Self, Malformed> {
        Ok(Self {
            product: ProductKey(payload.product),
            disabled_plans: required(payload.disabled_plans, "disabled_plans")?.try_into()?,
            plan_policy: match payload.plan_policy {
                1 => PlanPolicy::Replace,
                2 => PlanPolicy::Keep,
                other => return Err(Malformed::number("plan policy", other)),
            },
        })
    }
}
