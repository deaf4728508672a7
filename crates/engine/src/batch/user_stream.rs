use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, CustomerKey, UserId};
use seatkeeper_failpoints::{Mutant, Point, fail_point, mutant_enabled};
use seatkeeper_store::{Batch, BatchSource, CustomerTx, Selected};

use super::freeze::{FreezeOutcome, FreezeProgress};
use super::request::BatchRequest;
use super::seat_demand::{length, missing};
use super::segment_buffer::SegmentBuffer;
use super::start::StartedBatch;
use super::worker::RETRY_PAUSE_MAX;
use crate::deduplicate::Deduplicator;
use crate::engine::Core;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Invalid};

/// The users of a batch that its caller is still streaming in.
///
/// They are written down as they come, in chunks; the batch works on what is there. Dropping a
/// stream without [`UserStream::finish`] tells the batch that its caller vanished: it ends with the
/// users it has.
pub struct UserStream {
    open: Option<OpenUserStream>,
}

struct OpenUserStream {
    core: Arc<Core>,
    customer: CustomerKey,
    batch: BatchKey,
    progress: FreezeProgress,
    deduplicator: Deduplicator,
    waiting: Vec<Selected>,
    written: i64,
    received: i64,
}

impl Engine {
    /// Starts a batch whose users are streamed in. `first` are the first of them. A batch that
    /// [needs all users first](BatchRequest::needs_all_users_first) is refused: use
    /// [`Engine::start_deferred_user_stream`].
    ///
    /// A request id joins the batch that it made before; the users streamed in with the repeated
    /// call are then not looked at, and there is no user stream.
    pub async fn start_user_stream(
        &self,
        request: BatchRequest,
        first: Vec<UserId>,
    ) -> EngineResult<(StartedBatch, Option<UserStream>)> {
        if request.needs_all_users_first() {
            return Err(Invalid::value(
                "header",
                "such a batch needs to know all its users first: use a deferred user stream",
            ));
        }
        let checked = self.check_request(&request).await?;
        let customer = self.find_customer(&request.customer).await?.key;
        let idempotency_key = request.idempotency_key(&checked.change, None);
        if let Some(batch) = self
            .replayed_batch(customer, idempotency_key.as_ref())
            .await?
        {
            return Ok((
                StartedBatch {
                    batch,
                    customer,
                    joined: true,
                },
                None,
            ));
        }
        let slot = self.core.acquire_batch_slot(customer, &request.caller)?;
        let new = self
            .core
            .new_batch(&request, &checked, BatchSource::Stream, true);
        let accept = self.core.accept(&checked.catalog, idempotency_key);
        let keys = self.core.store.resolve_users(customer, &first).await?;
        let mut deduplicator = Deduplicator::default();
        let selected = deduplicator.collapse(&first, &keys, 0);
        let written = length(selected.len());
        let progress = FreezeProgress::new(&self.core.limits, false);
        let buffer = SegmentBuffer::of(&selected, self.core.limits.segment_users);
        let transaction =
            progress.transaction(&new, buffer, deduplicator.duplicates(), Some(accept))?;
        let outcome = self.core.transact(customer, transaction).await?;
        let Some((_, FreezeOutcome::Accepted { batch, joined })) = outcome else {
            return Err(EngineError::TaskLost);
        };
        let started = StartedBatch {
            batch: *batch,
            customer,
            joined,
        };
        if joined {
            return Ok((started, None));
        }
        let address = (customer, started.batch.key);
        let epoch = started.batch.lease.epoch;
        self.core.spawn_worker(address, epoch, Some(slot));
        let open = OpenUserStream {
            core: Arc::clone(&self.core),
            customer,
            batch: started.batch.key,
            progress,
            deduplicator,
            waiting: Vec::new(),
            written,
            received: length(first.len()),
        };
        Ok((started, Some(UserStream { open: Some(open) })))
    }
}

impl UserStream {
    /// Takes users in, writing down whole chunks.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when the batch would have too many users; those before stay.
    pub async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        match &mut self.open {
            Some(open) => open.push(users).await,
            None => Ok(()),
        }
    }

    /// Writes down what is waiting, if anything. To be called when no user came for
    /// [`crate::Limits::user_stream_linger`].
    pub async fn flush(&mut self) -> EngineResult<()> {
        match &mut self.open {
            Some(open) => open.write(Closing::No).await,
            None => Ok(()),
        }
    }

    /// Whether users wait to be written down.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| !open.waiting.is_empty())
    }

    /// Ends the stream: these were all the users.
    ///
    /// # Errors
    /// When that could not be written down. The batch is then told that its caller vanished.
    pub async fn finish(mut self) -> EngineResult<()> {
        if let Some(open) = &mut self.open {
            open.write(Closing::Complete).await?;
        }
        // Only now: a stream that is dropped open is closed all the same.
        self.open = None;
        Ok(())
    }
}

impl Drop for UserStream {
    fn drop(&mut self) {
        if let Some(open) = self.open.take()
            && !mutant_enabled(Mutant::UserStreamLeftOpen)
        {
            let tasks = open.core.batches.tasks.clone();
            tasks.spawn(open.close());
        }
    }
}

impl OpenUserStream {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let keys = self.core.store.resolve_users(self.customer, users).await?;
        let mut selected = self.deduplicator.collapse(users, &keys, self.received);
        self.received += length(users.len());
        self.progress
            .check(self.written + length(self.waiting.len() + selected.len()))?;
        self.waiting.append(&mut selected);
        if self.waiting.len() >= self.core.limits.segment_users {
            self.write(Closing::No).await?;
        }
        Ok(())
    }

    /// Tells the batch that its caller vanished, however often it takes. Nobody else would: as
    /// long as this server runs the batch, it waits for users and renews the lease.
    async fn close(mut self) {
        let mut pause = Duration::from_millis(20);
        while let Err(error) = self.write(Closing::Interrupted).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                batch = self.batch.0,
                "could not close a user stream yet"
            );
            if self.core.stopped_within(pause).await {
                // Whoever takes the batch up closes it.
                return;
            }
            pause = (pause * 2).min(RETRY_PAUSE_MAX);
        }
    }

    async fn write(&mut self, closing: Closing) -> EngineResult<()> {
        if self.waiting.is_empty() && closing == Closing::No {
            return Ok(());
        }
        let transaction = WriteUsers {
            batch: self.batch,
            first_position: self.written,
            selected: self.waiting.clone(),
            duplicate_count: self.deduplicator.duplicates(),
            segment_users: self.core.limits.segment_users,
            closing,
        };
        self.core.transact(self.customer, transaction).await?;
        fail_point(Point::StreamedUsersCommitted);
        // Only now: what failed to be written is written with what comes after it.
        self.written += length(self.waiting.len());
        self.waiting.clear();
        self.core
            .batches
            .topics
            .topic((self.customer, self.batch))
            .worker_wakeup
            .notify_one();
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    Complete,
    Interrupted,
}

struct WriteUsers {
    batch: BatchKey,
    /// How many users of the batch come before those selected.
    first_position: i64,
    selected: Vec<Selected>,
    duplicate_count: i64,
    segment_users: usize,
    closing: Closing,
}

#[async_trait]
impl Transaction for WriteUsers {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let found: Option<Batch> = tx.batch(self.batch).await?;
        let Some(mut batch) = found.filter(accepts_users) else {
            // It was cancelled, or another server took it over: no more users go in.
            return Ok(());
        };
        // An earlier try may have written some, and only its answer got lost.
        let written = batch.user_count - self.first_position;
        let written = usize::try_from(written).map_err(|_| missing(batch.key, written))?;
        let rest = self.selected.get(written..).unwrap_or_default();
        if !rest.is_empty() {
            let buffer = SegmentBuffer::of(rest, self.segment_users);
            tx.append_segments(batch.key, batch.user_count, buffer.segments())
                .await?;
            batch.user_count += buffer.user_count();
        }
        batch.duplicate_count = self.duplicate_count;
        batch.user_stream_open = self.closing == Closing::No;
        batch.user_stream_interrupted = self.closing == Closing::Interrupted;
        tx.save_batch(&batch).await?;
        fail_point(Point::StreamedUsersWritten);
        Ok(())
    }
}

fn accepts_users(batch: &Batch) -> bool {
    batch.user_stream_open && !batch.cancel_requested
}
