use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{
    BatchId, CompiledCatalog, CustomerId, CustomerKey, LicenseChanges, Principal,
};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, BatchProgress};
use tokio::time::{Instant, timeout};

use super::topics::Subscription;
use crate::batch::accept::request::StartedBatch;
use crate::batch::errors::batch_not_found;
use crate::{Engine, EngineError, EngineResult, Resource, ResourceKind};

/// An event of a batch's result stream.
#[derive(Debug, Clone)]
pub enum BatchEvent {
    /// The accepted batch; always the first event.
    Started(Box<Batch>),
    /// Committed results. The follower already has the results up to and including `after`.
    Results {
        /// The results of one chunk.
        changes: Arc<LicenseChanges>,
        /// Sequence number of the last result that the follower has.
        after: i64,
    },
    /// The progress of the batch, sent when there were no other events for a while.
    Progress {
        /// Users with a result.
        processed: i64,
        /// Users frozen so far.
        users: i64,
        /// Users with a failed product.
        failed_users: i64,
        /// Whether the caller is still streaming users in.
        user_stream_open: bool,
    },
    /// The ended batch, after all its results; always the last event.
    Finished(Box<Batch>),
}

/// A batch's results from any position, at the reader's pace.
///
/// It holds one or two chunks in memory, for a batch of any size. A slow reader is served from the
/// journal.
pub struct ResultStream {
    engine: Engine,
    catalog: Arc<CompiledCatalog>,
    customer: CustomerKey,
    batch: Batch,
    subscription: Subscription,
    /// The number of the last publication whose results were all returned.
    caught_up: Option<u64>,
    ready: VecDeque<Arc<LicenseChanges>>,
    after: i64,
    start_sent: bool,
    finished: bool,
    cancel: Option<CancelOnDrop>,
    last_sent: Instant,
}

impl Engine {
    /// Follows a batch that was just started, from its first result.
    pub async fn follow_started(
        &self,
        customer: &CustomerId,
        started: StartedBatch,
    ) -> EngineResult<ResultStream> {
        let cancel = started.batch.spec.cancel_on_disconnect && !started.joined;
        let principal = started.batch.spec.principal.clone();
        let id = started.batch.id.clone();
        let mut stream = self.follow(started.customer, started.batch, 0).await?;
        if cancel {
            let engine = self.clone();
            let customer = customer.clone();
            stream.cancel = Some(CancelOnDrop {
                engine,
                customer,
                id,
                principal,
                finished: false,
            });
        }
        Ok(stream)
    }

    /// Follows any batch, from after the result with sequence number `after`.
    pub async fn follow_batch(
        &self,
        customer: &CustomerId,
        batch: &BatchId,
        after: i64,
    ) -> EngineResult<ResultStream> {
        let (key, batch) = self.batch(customer, batch).await?;
        self.follow(key, batch, after).await
    }

    async fn follow(
        &self,
        customer: CustomerKey,
        batch: Batch,
        after: i64,
    ) -> EngineResult<ResultStream> {
        let catalog = self.catalog_version(batch.spec.catalog_version).await?;
        let topic = self.core.batches.topics.topic((customer, batch.key));
        Ok(ResultStream {
            engine: self.clone(),
            catalog,
            customer,
            batch,
            subscription: topic.follow(),
            caught_up: None,
            ready: VecDeque::new(),
            after,
            start_sent: false,
            finished: false,
            cancel: None,
            last_sent: Instant::now(),
        })
    }
}

impl ResultStream {
    /// The catalog that decides the batch and defines its keys.
    #[must_use]
    pub fn catalog(&self) -> &Arc<CompiledCatalog> {
        &self.catalog
    }

    /// The sequence number of the last returned result; the stream can be resumed after it.
    #[must_use]
    pub fn resume_point(&self) -> i64 {
        self.after
    }

    /// Waits for the next event; `None` after [`BatchEvent::Finished`].
    ///
    /// # Errors
    /// [`EngineError::Draining`] when the server shuts down. The stream can be resumed after
    /// [`ResultStream::resume_point`], now on another server or later on this one.
    pub async fn next(&mut self) -> EngineResult<Option<BatchEvent>> {
        if self.finished {
            return Ok(None);
        }
        let event = self.find_next().await?;
        self.last_sent = Instant::now();
        if matches!(event, BatchEvent::Finished(_)) {
            self.finished = true;
            if let Some(cancel) = &mut self.cancel {
                cancel.finished = true;
            }
        }
        Ok(Some(event))
    }

    async fn find_next(&mut self) -> EngineResult<BatchEvent> {
        if !self.start_sent {
            self.start_sent = true;
            return Ok(BatchEvent::Started(Box::new(self.batch.clone())));
        }
        loop {
            if self.engine.core.tasks.is_stopping() {
                return Err(EngineError::Draining);
            }
            if let Some(results) = self.ready_results() {
                return Ok(results);
            }
            let latest = self.subscription.latest();
            let next = |chunk: &Arc<LicenseChanges>| chunk.first_result() == self.after + 1;
            if let Some(chunk) = latest.chunk.filter(next) {
                self.ready.push_back(chunk);
                self.caught_up = (!latest.ended).then_some(latest.times);
                continue;
            }
            if self.caught_up != Some(latest.times) {
                if self.read_results().await? {
                    continue;
                }
                if let Some(end) = self.look_at_batch().await? {
                    return Ok(end);
                }
                if self.after < self.batch.processed_count {
                    continue;
                }
                self.caught_up = Some(latest.times);
            }
            if let Some(progress) = self.wait().await {
                return Ok(progress);
            }
        }
    }

    fn ready_results(&mut self) -> Option<BatchEvent> {
        let changes = self.ready.pop_front()?;
        let after = self.after;
        self.after = changes.last_result();
        Some(BatchEvent::Results { changes, after })
    }

    /// Reads committed results from the journal; returns false when there are none yet.
    async fn read_results(&mut self) -> EngineResult<bool> {
        let limit = self.engine.core.limits.result_entries_per_read;
        let entries = self
            .engine
            .core
            .store
            .batch_entries(self.customer, self.batch.key, self.after, limit)
            .await?;
        let results = entries
            .into_iter()
            .filter_map(|entry| entry.effect.into_license_changes())
            .map(Arc::new);
        fail_point(Point::ResultsRead);
        self.ready.extend(results);
        match self.ready.front() {
            None => Ok(false),
            // The results before it were removed, so the batch was removed.
            Some(next) if next.first_result() > self.after + 1 => Err(self.gone().await?),
            Some(_) => Ok(true),
        }
    }

    /// The error for a batch that no longer exists.
    async fn gone(&self) -> EngineResult<EngineError> {
        let customer = self
            .engine
            .core
            .store
            .customer_by_key(self.customer)
            .await?;
        Ok(match customer {
            Some(customer) => batch_not_found(&customer.id, &self.batch.id),
            None => EngineError::NotFound(Resource {
                kind: ResourceKind::Customer,
                name: "the customer (deleted during the call)".to_owned(),
            }),
        })
    }

    /// Reads the batch. Returns the last event if the batch has ended and all results were
    /// returned.
    async fn look_at_batch(&mut self) -> EngineResult<Option<BatchEvent>> {
        let found = self
            .engine
            .core
            .store
            .batch(self.customer, self.batch.key)
            .await?;
        let Some(found) = found else {
            return Err(self.gone().await?);
        };
        self.batch = found;
        let sent_everything = self.after >= self.batch.processed_count;
        if self.batch.state.is_final() && sent_everything {
            return Ok(Some(BatchEvent::Finished(Box::new(self.batch.clone()))));
        }
        Ok(None)
    }

    /// Waits until the worker on this server or the poller publishes an update. Returns the
    /// progress if no event was sent for `progress_interval`.
    async fn wait(&mut self) -> Option<BatchEvent> {
        let interval = self.engine.core.limits.progress_interval;
        let quiet = self.last_sent.elapsed();
        let progress_timeout = interval.saturating_sub(quiet).max(Duration::from_millis(1));
        tokio::select! {
            biased;
            _ = timeout(progress_timeout, self.subscription.wait()) => {}
            () = self.engine.core.tasks.stopping() => {}
        }
        (self.last_sent.elapsed() >= interval).then(|| self.progress())
    }

    fn progress(&self) -> BatchEvent {
        let seen = self.subscription.progress();
        let seen = seen.unwrap_or_else(|| BatchProgress::of(self.customer, &self.batch));
        BatchEvent::Progress {
            // Returned results count, even if they were committed after the last poll.
            processed: seen.processed_count.max(self.after),
            users: seen.user_count.max(self.after),
            failed_users: seen.failed_user_count,
            user_stream_open: seen.user_stream_open,
        }
    }
}

/// Cancels a batch when the stream that started it is dropped before its end.
struct CancelOnDrop {
    engine: Engine,
    customer: CustomerId,
    id: BatchId,
    principal: Principal,
    finished: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        // A server that drains ends its own streams; their callers have not disconnected.
        let tasks = &self.engine.core.tasks;
        if self.finished || tasks.is_stopping() {
            return;
        }
        let (engine, customer) = (self.engine.clone(), self.customer.clone());
        let (id, principal) = (self.id.clone(), self.principal.clone());
        tasks.spawn(async move {
            match engine.cancel_batch(&customer, &id, principal).await {
                Ok(_) | Err(EngineError::BatchEnded { .. }) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not cancel a batch whose caller disconnected");
                }
            }
        });
    }
}
