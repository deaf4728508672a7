use seatkeeper_domain::{CustomerKey, UserId};
use seatkeeper_store::{BatchSource, Selected};

use super::pending_batch::PendingBatch;
use super::request::BatchRequest;
use super::segment_buffer::SegmentBuffer;
use super::start::StartedBatch;
use crate::batch::run::seat_demand::length;
use crate::deduplicate::Deduplicator;
use crate::{Engine, EngineError, EngineResult};

/// How a deferred user stream starts.
pub enum DeferredUserStreamStart {
    /// An earlier call with the same request id has started the batch.
    Joined(StartedBatch),
    /// The stream is open and waits for users.
    Open(DeferredUserStream),
}

/// The streamed users of a batch that can't start before all users are known: an all-or-nothing
/// batch, or one that requires every seat. Users are stored as they arrive.
///
/// Dropping the stream without [`DeferredUserStream::finish`] abandons the batch.
pub struct DeferredUserStream {
    open: Option<Open>,
}

struct Open {
    engine: Engine,
    customer: CustomerKey,
    pending_batch: PendingBatch,
    deduplicator: Deduplicator,
    waiting: Vec<Selected>,
    received: i64,
}

impl Engine {
    /// Opens a user stream for a batch that starts when the stream is finished.
    pub async fn start_deferred_user_stream(
        &self,
        request: BatchRequest,
    ) -> EngineResult<DeferredUserStreamStart> {
        let checked = self.check_request(&request).await?;
        let customer = self.find_customer(&request.customer).await?.key;
        let idempotency_key = request.idempotency_key(&checked.change, None);
        if let Some(batch) = self
            .replayed_batch(customer, idempotency_key.as_ref())
            .await?
        {
            return Ok(DeferredUserStreamStart::Joined(StartedBatch {
                batch,
                customer,
                joined: true,
            }));
        }
        let source = BatchSource::Stream;
        let pending_batch =
            PendingBatch::new(self, customer, &request, &checked, idempotency_key, source)?;
        let open = Open {
            engine: self.clone(),
            customer,
            pending_batch,
            deduplicator: Deduplicator::default(),
            waiting: Vec::new(),
            received: 0,
        };
        Ok(DeferredUserStreamStart::Open(DeferredUserStream {
            open: Some(open),
        }))
    }
}

impl DeferredUserStream {
    /// Adds users to the batch.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when the batch would have too many users; the batch is then
    /// abandoned.
    pub async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        match &mut self.open {
            Some(open) => open.push(users).await,
            None => Ok(()),
        }
    }

    /// Marks the users as complete and starts the batch.
    pub async fn finish(mut self) -> EngineResult<StartedBatch> {
        // `open` is cleared only after acceptance, so that after an error `drop` abandons the
        // pending batch.
        let open = self.open.as_mut().ok_or(EngineError::TaskLost)?;
        let waiting = std::mem::take(&mut open.waiting);
        let buffer = SegmentBuffer::of(&waiting, open.engine.core.limits.segment_users);
        let duplicates = open.deduplicator.duplicates();
        let started = open.pending_batch.write(buffer, duplicates, true).await?;
        self.open = None;
        started.ok_or(EngineError::TaskLost)
    }
}

impl Drop for DeferredUserStream {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let tasks = open.engine.core.batches.tasks.clone();
            tasks.spawn(async move { open.pending_batch.abandon().await });
        }
    }
}

impl Open {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let keys = self
            .engine
            .core
            .store
            .resolve_users(self.customer, users)
            .await?;
        let mut selected = self.deduplicator.collapse(users, &keys, self.received);
        self.received += length(users.len());
        self.waiting.append(&mut selected);
        // Only whole segments are written; the remaining users wait for more.
        let chunk = self.engine.core.limits.segment_users;
        let whole = self.waiting.len() / chunk * chunk;
        if whole < chunk * self.engine.core.limits.freeze_segments_read {
            return Ok(());
        }
        let rest = self.waiting.split_off(whole);
        let buffer = SegmentBuffer::of(&self.waiting, chunk);
        self.waiting = rest;
        self.pending_batch
            .write(buffer, self.deduplicator.duplicates(), false)
            .await?;
        Ok(())
    }
}
