use crate::{CustomerId, CustomerKey, Timestamp};

/// A tenant: the boundary of consistency and isolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The surrogate key.
    pub key: CustomerKey,
    /// The caller's identifier.
    pub id: CustomerId,
    /// Name shown to people.
    pub display_name: String,
    /// Number of users in its directory.
    pub user_count: i64,
    /// Number of changes to the customer's own fields; the source of its etag.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its own fields last changed.
    pub update_time: Timestamp,
}
