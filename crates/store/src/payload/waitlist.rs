use seatkeeper_domain::{LeaveReason, ProductKey, UserId, WaitlistLeave};

use super::violation::ViolationPayload;
use super::{Malformed, each, parsed};

/// A user who left waitlists without getting a seat.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct WaitlistLeavePayload {
    #[prost(string, tag = "1")]
    user: String,
    #[prost(uint32, repeated, tag = "2")]
    products: Vec<u32>,
    /// 1 for removed, 2 for failed, 3 for retired, 4 for nothing to do.
    #[prost(int32, tag = "3")]
    reason: i32,
    /// The violations, for reason 2.
    #[prost(message, repeated, tag = "4")]
    violations: Vec<ViolationPayload>,
    /// The retired product, for reason 3.
    #[prost(uint32, tag = "5")]
    retired: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct WaitlistPrioritizedPayload {
    #[prost(string, tag = "1")]
    pub(super) user: String,
    #[prost(uint32, tag = "2")]
    pub(super) product: u32,
    #[prost(sint32, tag = "3")]
    pub(super) priority: i32,
}

impl From<&WaitlistLeave> for WaitlistLeavePayload {
    fn from(leave: &WaitlistLeave) -> Self {
        let mut payload = Self {
            user: leave.user.as_str().to_owned(),
            products: leave.products.iter().map(|product| product.0).collect(),
            ..Self::default()
        };
        match &leave.reason {
            LeaveReason::Removed => payload.reason = 1,
            LeaveReason::Failed(violations) => {
                payload.reason = 2;
                payload.violations = violations.iter().map(ViolationPayload::from).collect();
            }
            LeaveReason::ProductRetired(product) => {
                payload.reason = 3;
                payload.retired = product.0;
            }
            LeaveReason::NothingToDo => payload.reason = 4,
        }
        payload
    }
}

impl TryFrom<WaitlistLeavePayload> for WaitlistLeave {
    type Error = Malformed;

    fn try_from(payload: WaitlistLeavePayload) -> Result<Self, Malformed> {
        Ok(Self {
            user: parsed(&payload.user, |text| UserId::parse(text).ok())?,
            products: payload.products.into_iter().map(ProductKey).collect(),
            reason: match payload.reason {
                1 => LeaveReason::Removed,
                2 => LeaveReason::Failed(each(payload.violations)?),
                3 => LeaveReason::ProductRetired(ProductKey(payload.retired)),
                4 => LeaveReason::NothingToDo,
                other => return Err(Malformed::number("reason to leave a waitlist", other)),
            },
        })
    }
}
