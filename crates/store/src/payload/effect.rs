use seatkeeper_domain::{BatchKey, BatchState, Effect, ProductKey, UserId};

use super::customer::CustomerPayload;
use super::entitlement::PurchasePayload;
use super::license_changes::LicenseChangesPayload;
use super::user::UserPayload;
use super::waitlist::{WaitlistLeavePayload, WaitlistPrioritizedPayload};
use super::{Malformed, each, parsed, required};

/// The effect of a journal entry.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct EffectPayload {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7, 8, 10, 11")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(message, tag = "1")]
    LicensesChanged(LicenseChangesPayload),
    #[prost(message, tag = "2")]
    PurchaseChanged(PurchaseChangedPayload),
    /// The batch's key.
    #[prost(int64, tag = "3")]
    BatchAccepted(i64),
    /// The batch's key.
    #[prost(int64, tag = "4")]
    BatchCancelled(i64),
    #[prost(message, tag = "5")]
    CustomerChanged(CustomerPayload),
    #[prost(message, tag = "6")]
    UsersChanged(UsersChangedPayload),
    /// The user's identifier.
    #[prost(string, tag = "7")]
    UserDeleted(String),
    #[prost(message, tag = "8")]
    BatchEnded(BatchEndedPayload),
    #[prost(message, tag = "10")]
    WaitlistLeft(WaitlistLeftPayload),
    #[prost(message, tag = "11")]
    WaitlistPrioritized(WaitlistPrioritizedPayload),
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct BatchEndedPayload {
    #[prost(int64, tag = "1")]
    batch: i64,
    /// 1 for succeeded, 2 for cancelled.
    #[prost(int32, tag = "2")]
    state: i32,
}

impl BatchEndedPayload {
    fn state_number(state: BatchState) -> i32 {
        match state {
            // A batch never ends in one of these states.
            BatchState::Preparing | BatchState::Running => 0,
            BatchState::Succeeded => 1,
            BatchState::Cancelled => 2,
        }
    }

    fn state(self) -> Result<BatchState, Malformed> {
        match self.state {
            1 => Ok(BatchState::Succeeded),
            2 => Ok(BatchState::Cancelled),
            other => Err(Malformed::number("final state", other)),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct PurchaseChangedPayload {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(message, optional, tag = "2")]
    purchase: Option<PurchasePayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct UsersChangedPayload {
    #[prost(message, repeated, tag = "1")]
    users: Vec<UserPayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WaitlistLeftPayload {
    #[prost(message, repeated, tag = "1")]
    leaves: Vec<WaitlistLeavePayload>,
}

impl From<&Effect> for EffectPayload {
    fn from(effect: &Effect) -> Self {
        let kind = match effect {
            Effect::LicensesChanged(changes) => Kind::LicensesChanged(changes.into()),
            Effect::PurchaseChanged { product, purchase } => {
                Kind::PurchaseChanged(PurchaseChangedPayload {
                    product: product.0,
                    purchase: Some(purchase.into()),
                })
            }
            Effect::BatchAccepted { batch } => Kind::BatchAccepted(batch.0),
            Effect::BatchCancelled { batch } => Kind::BatchCancelled(batch.0),
            Effect::BatchEnded { batch, state } => Kind::BatchEnded(BatchEndedPayload {
                batch: batch.0,
                state: BatchEndedPayload::state_number(*state),
            }),
            Effect::CustomerChanged(customer) => Kind::CustomerChanged(customer.into()),
            Effect::UsersChanged { users } => Kind::UsersChanged(UsersChangedPayload {
                users: users.iter().map(UserPayload::from).collect(),
            }),
            Effect::UserDeleted { user } => Kind::UserDeleted(user.as_str().to_owned()),
            Effect::WaitlistLeft { leaves } => Kind::WaitlistLeft(WaitlistLeftPayload {
                leaves: leaves.iter().map(WaitlistLeavePayload::from).collect(),
            }),
            Effect::WaitlistPrioritized {
                user,
                product,
                priority,
            } => Kind::WaitlistPrioritized(WaitlistPrioritizedPayload {
                user: user.as_str().to_owned(),
                product: product.0,
                priority: *priority,
            }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<EffectPayload> for Effect {
    type Error = Malformed;

    fn try_from(payload: EffectPayload) -> Result<Self, Malformed> {
        Ok(match required(payload.kind, "the effect")? {
            Kind::LicensesChanged(changes) => Self::LicensesChanged(changes.try_into()?),
            Kind::PurchaseChanged(changed) => Self::PurchaseChanged {
                product: ProductKey(changed.product),
                purchase: required(changed.purchase, "the purchase")?.try_into()?,
            },
            Kind::BatchAccepted(batch) => Self::BatchAccepted {
                batch: BatchKey(batch),
            },
            Kind::BatchCancelled(batch) => Self::BatchCancelled {
                batch: BatchKey(batch),
            },
            Kind::BatchEnded(ended) => Self::BatchEnded {
                batch: BatchKey(ended.batch),
                state: ended.state()?,
            },
            Kind::CustomerChanged(customer) => Self::CustomerChanged(customer.try_into()?),
            Kind::UsersChanged(changed) => Self::UsersChanged {
                users: each(changed.users)?,
            },
            Kind::UserDeleted(id) => Self::UserDeleted {
                user: parsed(&id, |text| UserId::parse(text).ok())?,
            },
            Kind::WaitlistLeft(left) => Self::WaitlistLeft {
                leaves: each(left.leaves)?,
            },
            Kind::WaitlistPrioritized(entry) => Self::WaitlistPrioritized {
                user: parsed(&entry.user, |text| UserId::parse(text).ok())?,
                product: ProductKey(entry.product),
                priority: entry.priority,
            },
        })
    }
}
