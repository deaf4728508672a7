use async_trait::async_trait;
use seatkeeper_domain::{CustomerKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{CompactionStep, CustomerTx};

use super::log_failure;
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// Customers that one query returns.
const CUSTOMERS_PAGE: usize = 64;

impl Engine {
    /// Removes journal entries past their retention, and writes a checkpoint with their result in
    /// their place.
    pub(crate) async fn remove_old_entries(&self) -> EngineResult<()> {
        let Some(until) = self.cutoff(self.core.limits.journal_retention) else {
            return Ok(());
        };
        let mut after = None;
        loop {
            let old = self
                .core
                .store
                .old_journals(until, after, CUSTOMERS_PAGE)
                .await?;
            let Some(last) = old.last() else {
                return Ok(());
            };
            after = Some(*last);
            for (_, customer) in old {
                let removed = self.compact_journal(customer, until).await;
                log_failure(
                    removed,
                    "could not remove old journal entries of a customer; will retry",
                );
                if self.core.tasks.is_stopping() {
                    return Ok(());
                }
            }
        }
    }

    /// Removes a customer's old entries in several transactions. Other transactions may run in
    /// between.
    async fn compact_journal(&self, customer: CustomerKey, until: Timestamp) -> EngineResult<()> {
        let step = CompactionStep {
            until,
            entries_max: self.core.limits.entries_removed_per_step,
            users_max: self.core.limits.entry_users_removed_per_step,
        };
        while !self.core.tasks.is_stopping() {
            let removed = self.transact(customer, Compact { step }).await?;
            fail_point(Point::RetentionCommitted);
            if removed.is_none_or(|(_, count)| count == 0) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Removes the oldest entries.
struct Compact {
    step: CompactionStep,
}

#[async_trait]
impl Transaction for Compact {
    type Output = usize;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<usize> {
        Ok(tx.compact_journal(self.step).await?)
    }
}
