use crate::{CustomerId, CustomerKey, Timestamp};

/// A tenant: the boundary of consistency and of isolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its surrogate.
    pub key: CustomerKey,
    /// The caller's identifier.
    pub id: CustomerId,
    /// For people.
    pub display_name: String,
    /// How many users its directory has.
    pub user_count: i64,
    /// Counts the changes to the customer's own fields; the source of its etag.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its own fields last changed.
    pub update_time: Timestamp,
}
