//! Users that a caller streams in. A batch that can decide each user alone runs while its users
//! arrive: a [`UserStream`] feeds it. A batch that needs all users first starts when its
//! [`DeferredUserStream`] is finished.

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, BatchMode, CustomerKey, UserId};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{Batch, BatchSource, CustomerTx, Selected};

use super::freeze::{PendingBatch, check_user_count};
use super::request::{BatchRequest, StartedBatch};
use super::segment_buffer::SegmentBuffer;
use crate::batch::address::length;
use crate::batch::errors::missing;
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
    batch: BatchKey,
    mode: BatchMode,
    received: ReceivedUsers,
    /// Number of users stored so far.
    stored: i64,
}

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
    open: Option<OpenDeferredUserStream>,
}

struct OpenDeferredUserStream {
    pending_batch: PendingBatch,
    received: ReceivedUsers,
}

/// The users that a stream has received, without repeated ones.
struct ReceivedUsers {
    engine: Engine,
    customer: CustomerKey,
    deduplicator: Deduplicator,
    /// Users that are not stored yet.
    waiting: Vec<Selected>,
    /// Number of users received, including repeated ones.
    count: i64,
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
        let key = request.idempotency_key(&checked.change, None);
        if let Some(joined) = self.replayed_batch(customer, key.as_ref()).await? {
            return Ok((joined, None));
        }
        let mut pending_batch = self
            .pending_batch(customer, &request, &checked, key, BatchSource::Stream)?
            .with_open_user_stream();
        let mut received = ReceivedUsers::new(self, customer);
        received.waiting = received.resolve(&first).await?;
        let stored = length(received.waiting.len());
        let buffer = received.take(received.waiting.len());
        let duplicates = received.deduplicator.duplicates();
        let started = pending_batch.store(buffer, duplicates, true).await?;
        let started = started.ok_or(EngineError::TaskLost)?;
        if started.joined {
            return Ok((started, None));
        }
        let open = OpenUserStream {
            batch: started.batch.key,
            mode: request.mode,
            received,
            stored,
        };
        Ok((started, Some(UserStream { open: Some(open) })))
    }

    /// Opens a user stream for a batch that starts when the stream is finished.
    pub async fn start_deferred_user_stream(
        &self,
        request: BatchRequest,
    ) -> EngineResult<DeferredUserStreamStart> {
        let checked = self.check_request(&request).await?;
        let customer = self.find_customer(&request.customer).await?.key;
        let key = request.idempotency_key(&checked.change, None);
        if let Some(joined) = self.replayed_batch(customer, key.as_ref()).await? {
            return Ok(DeferredUserStreamStart::Joined(joined));
        }
        let open = OpenDeferredUserStream {
            pending_batch: self.pending_batch(
                customer,
                &request,
                &checked,
                key,
                BatchSource::Stream,
            )?,
            received: ReceivedUsers::new(self, customer),
        };
        Ok(DeferredUserStreamStart::Open(DeferredUserStream {
            open: Some(open),
        }))
    }
}

impl ReceivedUsers {
    fn new(engine: &Engine, customer: CustomerKey) -> Self {
        Self {
            engine: engine.clone(),
            customer,
            deduplicator: Deduplicator::default(),
            waiting: Vec::new(),
            count: 0,
        }
    }

    /// Looks the users up, and removes repeated ones.
    async fn resolve(&mut self, users: &[UserId]) -> EngineResult<Vec<Selected>> {
        let store = &self.engine.core.store;
        let keys = store.resolve_users(self.customer, users).await?;
        let selected = self.deduplicator.collapse(users, &keys, self.count);
        self.count += length(users.len());
        Ok(selected)
    }

    /// Takes the first `count` waiting users, packed.
    fn take(&mut self, count: usize) -> SegmentBuffer {
        let rest = self.waiting.split_off(count);
        let taken = std::mem::replace(&mut self.waiting, rest);
        SegmentBuffer::of(&taken, self.engine.core.limits.segment_users)
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
        let open = self.open.as_ref();
        open.is_some_and(|open| !open.received.waiting.is_empty())
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
        if let Some(open) = self.open.take() {
            let engine = open.received.engine.clone();
            engine.core.tasks.spawn(open.close());
        }
    }
}

impl OpenUserStream {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let received = &mut self.received;
        let mut selected = received.resolve(users).await?;
        let waiting = length(received.waiting.len() + selected.len());
        let limits = &received.engine.core.limits;
        check_user_count(limits, self.mode, self.stored + waiting)?;
        received.waiting.append(&mut selected);
        if received.waiting.len() >= limits.segment_users {
            self.write(Closing::No).await?;
        }
        Ok(())
    }

    /// Marks the stream as interrupted; retries until this succeeds. No other task does it: while
    /// this server runs the batch, the worker waits for users and renews the lease.
    async fn close(mut self) {
        let mut attempt = 1;
        while let Err(error) = self.write(Closing::Interrupted).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                batch = self.batch.0,
                "could not close a user stream; retrying"
            );
            if self
                .received
                .engine
                .core
                .tasks
                .stopping_before_retry(attempt)
                .await
            {
                // The server that claims the batch closes the stream.
                return;
            }
            attempt += 1;
        }
    }

    async fn write(&mut self, closing: Closing) -> EngineResult<()> {
        let ReceivedUsers {
            engine, customer, ..
        } = &self.received;
        if self.received.waiting.is_empty() && closing == Closing::No {
            return Ok(());
        }
        let transaction = WriteUsers {
            batch: self.batch,
            first_position: self.stored,
            selected: self.received.waiting.clone(),
            duplicate_count: self.received.deduplicator.duplicates(),
            segment_users: engine.core.limits.segment_users,
            closing,
        };
        engine.transact(*customer, transaction).await?;
        fail_point(Point::StreamedUsersCommitted);
        let topics = &engine.core.batches.topics;
        topics
            .topic((*customer, self.batch))
            .worker_wakeup
            .notify_one();
        // Cleared only now: users that could not be stored are stored with the next ones.
        self.stored += length(self.received.waiting.len());
        self.received.waiting.clear();
        Ok(())
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
        let started = open.store(open.received.waiting.len(), true).await?;
        self.open = None;
        started.ok_or(EngineError::TaskLost)
    }
}

impl Drop for DeferredUserStream {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let engine = open.received.engine.clone();
            let abandoned = async move { open.pending_batch.abandon().await };
            engine.core.tasks.spawn(abandoned);
        }
    }
}

impl OpenDeferredUserStream {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let received = &mut self.received;
        let mut selected = received.resolve(users).await?;
        received.waiting.append(&mut selected);
        // Only whole segments are stored; the remaining users wait for more.
        let limits = &received.engine.core.limits;
        let segment = limits.segment_users;
        let whole = received.waiting.len() / segment * segment;
        if whole >= segment * limits.freeze_segments_read {
            self.store(whole, false).await?;
        }
        Ok(())
    }

    /// Stores the first `count` waiting users. With `last`, it also accepts the batch.
    async fn store(&mut self, count: usize, last: bool) -> EngineResult<Option<StartedBatch>> {
        let buffer = self.received.take(count);
        let duplicates = self.received.deduplicator.duplicates();
        self.pending_batch.store(buffer, duplicates, last).await
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
