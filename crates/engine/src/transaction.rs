use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerId, CustomerKey, Timestamp};
use seatkeeper_store::{CustomerTx, StoreError};

use crate::backoff::backoff;
use crate::waitlist::allocate_freed_seats;
use crate::{Engine, EngineError, EngineResult, IdSource, Resource};

/// The pause before the first retry, without its random part.
const RETRY_PAUSE_FIRST: Duration = Duration::from_millis(4);
/// The longest pause before a retry, without its random part.
const RETRY_PAUSE_MAX: Duration = Duration::from_millis(256);

/// A unit of work that runs in one transaction under a customer's lock.
///
/// After a conflict, `run` is called again with a new transaction. It must not store anything in
/// `self` that is true only after a commit.
#[async_trait]
pub(crate) trait Transaction: Send + 'static {
    /// The result of [`Transaction::run`].
    type Output: Send + 'static;

    /// Called at the time `now`, when the lock was taken. Decisions that depend on time must use
    /// this time: all earlier commits then happened before it, however long the wait for the lock
    /// was.
    fn on_locked(&mut self, _now: Timestamp) {}

    /// Runs the transaction. After an error nothing is committed.
    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Self::Output>;

    /// Updates the output after waitlisted users were served in the same transaction, before the
    /// commit.
    async fn on_waitlist_served(
        &mut self,
        _tx: &mut dyn CustomerTx,
        _output: &mut Self::Output,
    ) -> EngineResult<()> {
        Ok(())
    }
}

impl Engine {
    /// Runs `transaction` under the lock of the customer `id`.
    pub(crate) async fn change_customer<T: Transaction>(
        &self,
        id: &CustomerId,
        transaction: T,
    ) -> EngineResult<T::Output> {
        let customer = self.find_customer(id).await?;
        let done = self.transact(customer.key, transaction).await?;
        done.map(|(_, output)| output)
            .ok_or_else(|| EngineError::NotFound(Resource::customer(id)))
    }

    /// Runs `transaction` and commits it, or returns its error with nothing changed. Waitlisted
    /// users are served in the same transaction, so no other transaction can take a seat that it
    /// frees.
    ///
    /// The transaction runs in its own task: a caller that disconnects neither interrupts it nor
    /// leaves it open in a pool. Returns `None` when the customer does not exist.
    pub(crate) async fn transact<T: Transaction>(
        &self,
        customer: CustomerKey,
        mut transaction: T,
    ) -> EngineResult<Option<(T, T::Output)>> {
        let engine = self.clone();
        let task = tokio::spawn(async move {
            let output = engine.run_with_retry(customer, &mut transaction).await?;
            Ok(output.map(|output| (transaction, output)))
        });
        task.await.map_err(|_| EngineError::TaskLost)?
    }

    /// The same as [`Engine::transact`] for a caller that is a task of the engine already: it is
    /// never cancelled, and it keeps the transaction.
    pub(crate) async fn run_with_retry<T: Transaction>(
        &self,
        customer: CustomerKey,
        transaction: &mut T,
    ) -> EngineResult<Option<T::Output>> {
        let mut attempt = 1;
        let done = loop {
            match self.run_attempt(customer, transaction).await {
                Err(error)
                    if is_conflict(&error) && attempt < self.core.limits.conflict_attempts =>
                {
                    tracing::debug!(attempt, "transaction conflict, retrying");
                    tokio::time::sleep(retry_pause(&*self.core.ids, attempt)).await;
                    attempt += 1;
                }
                done => break done,
            }
        };
        self.core.journal_notifier.notify(customer);
        done
    }

    async fn run_attempt<T: Transaction>(
        &self,
        customer: CustomerKey,
        transaction: &mut T,
    ) -> EngineResult<Option<T::Output>> {
        let Some(mut tx) = self.core.store.lock_customer(customer).await? else {
            return Ok(None);
        };
        transaction.on_locked(self.core.clock.now());
        let mut output = transaction.run(&mut *tx).await?;
        let allocation = allocate_freed_seats(self, &mut *tx).await?;
        if allocation.served {
            transaction
                .on_waitlist_served(&mut *tx, &mut output)
                .await?;
        }
        tx.commit().await?;
        if allocation.more {
            self.core.queues_due.notify_one();
        }
        Ok(Some(output))
    }
}

fn is_conflict(error: &EngineError) -> bool {
    matches!(error, EngineError::Unavailable(StoreError::Conflict(_)))
}

/// The pause before a retry. It has a random part of up to the same length, so that conflicting
/// transactions do not retry at the same time.
fn retry_pause(chance: &dyn IdSource, attempt: u32) -> Duration {
    let base = backoff(RETRY_PAUSE_FIRST, RETRY_PAUSE_MAX, attempt);
    let millis = u64::try_from(base.as_millis()).unwrap_or(u64::MAX);
    base + Duration::from_millis(chance.random().as_u64_pair().0 % millis)
}

#[cfg(test)]
mod tests;
