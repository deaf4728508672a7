use std::time::{SystemTime, UNIX_EPOCH};

use prost_types::Timestamp;
use seatkeeper_proto::v1::{Entitlement, PurchaseSeatsRequest, RenewPurchaseRequest};

use crate::Fixture;

/// A day, in seconds.
pub const DAY: i64 = 24 * 60 * 60;

/// The time `seconds` from now; negative for the past.
#[expect(
    clippy::disallowed_methods,
    reason = "the server under test uses this machine's clock"
)]
pub fn moment(seconds: i64) -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp {
        seconds: i64::try_from(now.as_secs()).unwrap() + seconds,
        nanos: 0,
    }
}

impl Fixture {
    /// Buys seats as of a year ago. They lapse in `ends_in` seconds, or never.
    pub async fn buy_for(&self, product: &str, id: &str, seats: i64, ends_in: Option<i64>) {
        let request = PurchaseSeatsRequest {
            name: self.entitlement_name(product),
            purchase_id: id.to_owned(),
            seat_count: seats,
            start_time: Some(moment(-365 * DAY)),
            end_time: ends_in.map(moment),
            ..PurchaseSeatsRequest::default()
        };
        let answer = self.connection.entitlements().purchase_seats(request).await;
        answer.unwrap();
    }

    /// Changes a purchase to lapse in `ends_in` seconds, or never.
    pub async fn renew(&self, product: &str, id: &str, ends_in: Option<i64>) -> Entitlement {
        let request = RenewPurchaseRequest {
            name: self.entitlement_name(product),
            purchase_id: id.to_owned(),
            end_time: ends_in.map(moment),
            ..RenewPurchaseRequest::default()
        };
        let answer = self.connection.entitlements().renew_purchase(request).await;
        answer.unwrap().into_inner().entitlement.unwrap()
    }
}
