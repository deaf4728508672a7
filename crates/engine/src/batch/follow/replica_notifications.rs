//! Servers that share a database notify one another of batches with new results, so that followers
//! do not wait for the next poll. Polling also covers lost notifications.

use seatkeeper_store::BatchNotifications;

use crate::{Engine, EngineResult};

impl Engine {
    /// Subscribes to the notifications of other servers, and wakes the followers of each notified
    /// batch until the connection is lost. Ends with the engine if the store has no notifications.
    pub(crate) async fn listen_to_replicas(&self) -> EngineResult<()> {
        let listening = self.core.tasks.until_stopping(self.listen());
        listening.await.unwrap_or(Ok(()))
    }

    async fn listen(&self) -> EngineResult<()> {
        match self.core.store.listen().await? {
            None => std::future::pending().await,
            Some(notifications) => {
                self.core.batches.pending_notifications.open();
                self.receive_notifications(notifications).await;
                Ok(())
            }
        }
    }

    async fn receive_notifications(&self, mut notifications: Box<dyn BatchNotifications>) {
        while let Ok(address) = notifications.next().await {
            // If the worker is on this server, it has already notified the followers.
            if !self.core.batches.has_worker(address) {
                self.core.batches.topics.notify(address);
            }
        }
    }

    /// Sends pending notifications, many batches in one statement.
    pub(crate) async fn notify_replicas(&self) -> EngineResult<()> {
        let pending = self.core.batches.pending_notifications.next();
        let Some(addresses) = self.core.tasks.until_stopping(pending).await else {
            return Ok(());
        };
        let announced = self.core.store.announce(&addresses);
        match self.core.tasks.until_stopping(announced).await {
            Some(announced) => Ok(announced?),
            None => Ok(()),
        }
    }
}
