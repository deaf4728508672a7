use async_trait::async_trait;
use seatkeeper_domain::{SelectionId, Timestamp};
use seatkeeper_store::CustomerTx;

use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// Expired selections that one query returns.
const EXPIRED_PAGE: usize = 64;

impl Engine {
    /// Removes expired selections, each in its own transaction, so that the customer's lock is
    /// never held for long. An expired selection is invisible before it is removed.
    pub(crate) async fn remove_expired_selections(&self) -> EngineResult<()> {
        let now = self.core.clock.now();
        loop {
            let expired = self
                .core
                .store
                .expired_selections(now, EXPIRED_PAGE)
                .await?;
            if expired.is_empty() || self.core.tasks.is_stopping() {
                return Ok(());
            }
            for (customer, id) in expired {
                self.transact(customer, Expire { id, now }).await?;
            }
        }
    }
}

/// Removes a selection unless it was renewed, or replaced under the same identifier, since the
/// query.
struct Expire {
    id: SelectionId,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Expire {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let found = tx.selection(&self.id).await?;
        if let Some(expired) = found.filter(|selection| !selection.is_live(self.now)) {
            tx.delete_selection(expired.key).await?;
        }
        Ok(())
    }
}
