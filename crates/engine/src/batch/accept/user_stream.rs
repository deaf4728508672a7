use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, CustomerKey, UserId};
use seatkeeper_failpoints::{Mutant, Point, fail_point, mutant_enabled};
use seatkeeper_store::{Batch, BatchSource, CustomerTx, Selected};

use super::freeze::{FreezeOutcome, FreezeProgress};
use super::request::BatchRequest;
use super::segment_buffer::SegmentBuffer;
use super::start::StartedBatch;
use crate::batch::run::seat_demand::{length, missing};
use crate::batch::run::worker::RETRY_PAUSE_MAX;
use crate::deduplicate::Deduplicator;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Invalid};

/// The user stream of a batch that is already running.
///
/// Users are stored in segments as they arrive, and the batch processes the stored users. Dropping
/// a stream without [`UserStream::finish`] marks it as interrupted: the batch ends with the users
/// that it has.
pub struct UserStream {
    open: Option<OpenUserStream>,
}

struct OpenUserStream {
    engine: Engine,
    customer: CustomerKey,
    batch: BatchKey,
    progress: FreezeProgress,
    deduplicator: Deduplicator,
    waiting: Vec<Selected>,
    written: i64,
    received: i64,
}

impl Engine {
    /// Starts a batch whose users are streamed in; `first` are the first users. A batch that [needs
    /// all users first](BatchRequest::needs_all_users_first) is rejected: use
    /// [`Engine::start_deferred_user_stream`] for it.
    ///
    /// A call with a known request id joins the batch of the earlier call. The users of the
    /// repeated call are then ignored, and no user stream is returned.
    pub async fn start_user_stream(
        &self,
        request: BatchRequest,
        first: Vec<UserId>,
    ) -> EngineResult<(StartedBatch, Option<UserStream>)> {
        if request.needs_all_users_first() {
            return Err(Invalid::value(
                "header",
                "this batch needs all its users before it starts: use a deferred user stream",
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
        let slot = self.acquire_batch_slot(customer, &request.caller)?;
        let new = self.new_batch(&request, &checked, BatchSource::Stream, true);
        let accept = self.accept(&checked.catalog, idempotency_key);
        let keys = self.core.store.resolve_users(customer, &first).await?;
        let mut deduplicator = Deduplicator::default();
        let selected = deduplicator.collapse(&first, &keys, 0);
        let written = length(selected.len());
        let progress = FreezeProgress::new(&self.core.limits, false);
        let buffer = SegmentBuffer::of(&selected, self.core.limits.segment_users);
        let transaction =
            progress.transaction(&new, buffer, deduplicator.duplicates(), Some(accept))?;
        let outcome = self.transact(customer, transaction).await?;
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
        self.spawn_worker(address, epoch, Some(slot));
        let open = OpenUserStream {
            engine: self.clone(),
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
    /// Adds users, and stores them when they fill a segment.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when the batch would have too many users; earlier users stay.
    pub async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        match &mut self.open {
            Some(open) => open.push(users).await,
            None => Ok(()),
        }
    }

    /// Stores the waiting users, if any. Must be called when no user arrived for
    /// [`crate::Limits::user_stream_linger`].
    pub async fn flush(&mut self) -> EngineResult<()> {
        match &mut self.open {
            Some(open) => open.write(Closing::No).await,
            None => Ok(()),
        }
    }

    /// Whether there are users that are not stored yet.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| !open.waiting.is_empty())
    }

    /// Ends the stream: the users are complete.
    ///
    /// # Errors
    /// When the end could not be stored. The stream is then marked as interrupted.
    pub async fn finish(mut self) -> EngineResult<()> {
        if let Some(open) = &mut self.open {
            open.write(Closing::Complete).await?;
        }
        // Cleared only now: after an error, `drop` closes the stream.
        self.open = None;
        Ok(())
    }
}

impl Drop for UserStream {
    fn drop(&mut self) {
        if let Some(open) = self.open.take()
            && !mutant_enabled(Mutant::UserStreamLeftOpen)
        {
            let tasks = open.engine.core.batches.tasks.clone();
            tasks.spawn(open.close());
        }
    }
}

impl OpenUserStream {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let keys = self
            .engine
            .core
            .store
            .resolve_users(self.customer, users)
            .await?;
        let mut selected = self.deduplicator.collapse(users, &keys, self.received);
        self.received += length(users.len());
        self.progress
            .check(self.written + length(self.waiting.len() + selected.len()))?;
        self.waiting.append(&mut selected);
        if self.waiting.len() >= self.engine.core.limits.segment_users {
            self.write(Closing::No).await?;
        }
        Ok(())
    }

    /// Marks the stream as interrupted; retries until this succeeds. No other task does it: while
    /// this server runs the batch, the worker waits for users and renews the lease.
    async fn close(mut self) {
        let mut pause = Duration::from_millis(20);
        while let Err(error) = self.write(Closing::Interrupted).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                batch = self.batch.0,
                "could not close a user stream; retrying"
            );
            if self.engine.stopped_within(pause).await {
                // The server that claims the batch closes the stream.
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
            segment_users: self.engine.core.limits.segment_users,
            closing,
        };
        self.engine.transact(self.customer, transaction).await?;
        fail_point(Point::StreamedUsersCommitted);
        // Cleared only now: users that could not be stored are stored with the next ones.
        self.written += length(self.waiting.len());
        self.waiting.clear();
        self.engine
            .core
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
    /// Number of users of the batch before those selected.
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
            // The batch was cancelled, or another server claimed it: it accepts no more users.
            return Ok(());
        };
        // An earlier attempt may have committed some of the users, and only its response was lost.
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
