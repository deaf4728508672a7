use seatkeeper_domain::{Purchase, PurchaseId, Timestamp};

use super::{Malformed, parsed};

/// A purchase in a journal entry.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct PurchasePayload {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(int64, tag = "2")]
    seats: i64,
    #[prost(int64, tag = "3")]
    start_time: i64,
    #[prost(int64, optional, tag = "4")]
    end_time: Option<i64>,
}

impl From<&Purchase> for PurchasePayload {
    fn from(purchase: &Purchase) -> Self {
        Self {
            id: purchase.id.as_str().to_owned(),
            seats: purchase.seats,
            start_time: purchase.start_time.as_micros(),
            end_time: purchase.end_time.map(Timestamp::as_micros),
        }
    }
}

impl TryFrom<PurchasePayload> for Purchase {
    type Error = Malformed;

    fn try_from(payload: PurchasePayload) -> Result<Self, Malformed> {
        Ok(Self {
            id: parsed(&payload.id, |text| PurchaseId::parse(text).ok())?,
            seats: payload.seats,
            start_time: Timestamp::from_micros(payload.start_time),
            end_time: payload.end_time.map(Timestamp::from_micros),
        })
    }
}
