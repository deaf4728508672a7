use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, CustomerKey};

use crate::StoreResult;

/// Notifications of batches between the servers that share a database.
#[async_trait]
pub trait BatchNotifications: Send {
    /// The next batch of which a server told that something of it was committed; this one's own
    /// come as well. Notifications are lost while a connection is.
    ///
    /// # Errors
    /// When the database went away; then listen anew.
    async fn next(&mut self) -> StoreResult<(CustomerKey, BatchKey)>;
}
