use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, CustomerKey};

use crate::StoreResult;

/// A subscription to the notifications of servers that share a database.
#[async_trait]
pub trait BatchNotifications: Send {
    /// Waits for the next batch for which a server announced a commit; this server's own
    /// announcements are included. Notifications are lost while the connection is lost.
    ///
    /// # Errors
    /// When the connection to the database is lost; then subscribe again.
    async fn next(&mut self) -> StoreResult<(CustomerKey, BatchKey)>;
}
