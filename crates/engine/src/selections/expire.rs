use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{SelectionId, Timestamp};
use seatkeeper_store::CustomerTx;

use crate::EngineResult;
use crate::engine::Core;
use crate::transaction::Transaction;

/// Expired selections looked at in one go.
const EXPIRED_PAGE: usize = 64;

impl Core {
    /// Removes the selections that have expired, each in a transaction of its own, so that nobody
    /// waits for the customer's lock for long. They have been invisible before that.
    pub(crate) async fn remove_expired_selections(self: &Arc<Self>) -> EngineResult<()> {
        let now = self.clock.now();
        loop {
            let expired = self.store.expired_selections(now, EXPIRED_PAGE).await?;
            if expired.is_empty() || self.batches.stop.is_cancelled() {
                return Ok(());
            }
            for (customer, id) in expired {
                self.transact(customer, Expire { id, now }).await?;
            }
        }
    }
}

/// Removes a selection unless it was renewed, or made anew under its identifier, meanwhile.
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
