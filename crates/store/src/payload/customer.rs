use seatkeeper_domain::{Customer, CustomerId, CustomerKey, Timestamp};

use super::{Malformed, parsed};

/// A customer in a journal entry.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct CustomerPayload {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(string, tag = "3")]
    display_name: String,
    #[prost(int64, tag = "4")]
    user_count: i64,
    #[prost(int64, tag = "5")]
    revision: i64,
    #[prost(int64, tag = "6")]
    create_time: i64,
    #[prost(int64, tag = "7")]
    update_time: i64,
}

impl From<&Customer> for CustomerPayload {
    fn from(customer: &Customer) -> Self {
        Self {
            key: customer.key.0,
            id: customer.id.as_str().to_owned(),
            display_name: customer.display_name.clone(),
            user_count: customer.user_count,
            revision: customer.revision,
            create_time: customer.create_time.as_micros(),
            update_time: customer.update_time.as_micros(),
        }
    }
}

impl TryFrom<CustomerPayload> for Customer {
    type Error = Malformed;

    fn try_from(payload: CustomerPayload) -> Result<Self, Malformed> {
        Ok(Self {
            key: CustomerKey(payload.key),
            id: parsed(&payload.id, |text| CustomerId::parse(text).ok())?,
            display_name: payload.display_name,
            user_count: payload.user_count,
            revision: payload.revision,
            create_time: Timestamp::from_micros(payload.create_time),
            update_time: Timestamp::from_micros(payload.update_time),
        })
    }
}
