use seatkeeper_domain::{PlanKey, PlanSet};

/// The keys of a set of plans, ascending.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PlanSetPayload {
    #[prost(uint32, repeated, tag = "1")]
    plans: Vec<u32>,
}

impl From<&PlanSet> for PlanSetPayload {
    fn from(set: &PlanSet) -> Self {
        Self {
            plans: keys(set.iter()),
        }
    }
}

/// The greatest key accepted. A set takes memory in proportion to its greatest key, so a key far
/// beyond those of any catalog is damage.
const PLAN_KEY_MAX: u32 = 1 << 20;

impl TryFrom<PlanSetPayload> for PlanSet {
    type Error = super::Malformed;

    fn try_from(payload: PlanSetPayload) -> Result<Self, Self::Error> {
        if payload.plans.iter().any(|&plan| plan > PLAN_KEY_MAX) {
            return Err(super::Malformed::new("a plan's key is out of range"));
        }
        Ok(plan_keys(&payload.plans).collect())
    }
}

pub(super) fn keys(plans: impl IntoIterator<Item = PlanKey>) -> Vec<u32> {
    plans.into_iter().map(|plan| plan.0).collect()
}

pub(super) fn plan_keys(keys: &[u32]) -> impl Iterator<Item = PlanKey> {
    keys.iter().copied().map(PlanKey)
}
