use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, CustomerKey, UserId};
use seatkeeper_fault::{Bug, Point, pass, planted};
use seatkeeper_store::{Batch, BatchSource, CustomerTx, Selected};

use super::drive::RETRY_PAUSE_MAX;
use super::freeze::{Freezer, Frozen};
use super::request::BatchRequest;
use super::start::StartedBatch;
use super::stretch::Stretch;
use super::survey::{length, missing};
use crate::deduplicate::Deduplicator;
use crate::engine::Shared;
use crate::transact::Work;
use crate::{Engine, EngineError, EngineResult, Invalid};

/// The users of a batch that its caller is still streaming in.
///
/// They are written down as they come, in chunks; the batch works on what is there. Dropping an
/// intake without [`Intake::finish`] tells the batch that its caller vanished: it ends with the
/// users it has.
pub struct Intake {
    open: Option<OpenIntake>,
}

struct OpenIntake {
    shared: Arc<Shared>,
    customer: CustomerKey,
    batch: BatchKey,
    freezer: Freezer,
    deduplicator: Deduplicator,
    waiting: Vec<Selected>,
    written: i64,
    received: i64,
}

impl Engine {
    /// Starts a batch whose users are streamed in. `first` are the first of them. A batch that
    /// [needs all users first](BatchRequest::needs_all_users_first) is refused: use
    /// [`Engine::collect_users`].
    ///
    /// A request id joins the batch that it made before; the users streamed in with the repeated
    /// call are then not looked at, and there is no intake.
    pub async fn start_intake(
        &self,
        request: BatchRequest,
        first: Vec<UserId>,
    ) -> EngineResult<(StartedBatch, Option<Intake>)> {
        if request.needs_all_users_first() {
            return Err(Invalid::value(
                "header",
                "such a batch needs to know all its users first: collect them",
            ));
        }
        let checked = self.check_request(&request).await?;
        let customer = self.find_customer(&request.customer).await?.key;
        let identity = request.request(&checked.change, None);
        if let Some(batch) = self.earlier_batch(customer, identity.as_ref()).await? {
            return Ok((
                StartedBatch {
                    batch,
                    customer,
                    joined: true,
                },
                None,
            ));
        }
        let slot = self.shared.acquire_batch_slot(customer, &request.caller)?;
        let new = self
            .shared
            .new_batch(&request, &checked, BatchSource::Stream, true);
        let accept = self.shared.accept(&checked.catalog, identity);
        let keys = self.shared.store.resolve_users(customer, &first).await?;
        let mut deduplicator = Deduplicator::default();
        let selected = deduplicator.collapse(&first, &keys, 0);
        let written = length(selected.len());
        let freezer = Freezer::new(&self.shared.limits, false);
        let stretch = Stretch::of(&selected, self.shared.limits.segment_users);
        let step = freezer.step(&new, stretch, deduplicator.duplicates(), Some(accept))?;
        let frozen = self.shared.transact(customer, step).await?;
        let Some((_, Frozen::Accepted { batch, joined })) = frozen else {
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
        let place = (customer, started.batch.key);
        let epoch = started.batch.lease.epoch;
        self.shared.drive(place, epoch, Some(slot));
        let open = OpenIntake {
            shared: Arc::clone(&self.shared),
            customer,
            batch: started.batch.key,
            freezer,
            deduplicator,
            waiting: Vec::new(),
            written,
            received: length(first.len()),
        };
        Ok((started, Some(Intake { open: Some(open) })))
    }
}

impl Intake {
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
    /// [`crate::Limits::intake_linger`].
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

    /// Ends the intake: these were all the users.
    ///
    /// # Errors
    /// When that could not be written down. The batch is then told that its caller vanished.
    pub async fn finish(mut self) -> EngineResult<()> {
        if let Some(open) = &mut self.open {
            open.write(Closing::Complete).await?;
        }
        // Only now: an intake that is dropped open is closed all the same.
        self.open = None;
        Ok(())
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        if let Some(open) = self.open.take()
            && !planted(Bug::IntakeLeftOpen)
        {
            let tasks = open.shared.batches.tasks.clone();
            tasks.spawn(open.close());
        }
    }
}

impl OpenIntake {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let keys = self
            .shared
            .store
            .resolve_users(self.customer, users)
            .await?;
        let mut selected = self.deduplicator.collapse(users, &keys, self.received);
        self.received += length(users.len());
        self.freezer
            .check(self.written + length(self.waiting.len() + selected.len()))?;
        self.waiting.append(&mut selected);
        if self.waiting.len() >= self.shared.limits.segment_users {
            self.write(Closing::No).await?;
        }
        Ok(())
    }

    /// Tells the batch that its caller vanished, however often it takes. Nobody else would: as
    /// long as this server drives the batch, it waits for users and renews the lease.
    async fn close(mut self) {
        let mut pause = Duration::from_millis(20);
        while let Err(error) = self.write(Closing::Interrupted).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                batch = self.batch.0,
                "could not close an intake yet"
            );
            if self.shared.stopped_within(pause).await {
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
        let work = WriteUsers {
            batch: self.batch,
            first_position: self.written,
            selected: self.waiting.clone(),
            duplicate_count: self.deduplicator.duplicates(),
            segment_users: self.shared.limits.segment_users,
            closing,
        };
        self.shared.transact(self.customer, work).await?;
        pass(Point::IntakeCommitted);
        // Only now: what failed to be written is written with what comes after it.
        self.written += length(self.waiting.len());
        self.waiting.clear();
        self.shared
            .batches
            .hub
            .topic((self.customer, self.batch))
            .intake
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
impl Work for WriteUsers {
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
            let stretch = Stretch::of(rest, self.segment_users);
            tx.append_segments(batch.key, batch.user_count, stretch.segments())
                .await?;
            batch.user_count += stretch.user_count();
        }
        batch.duplicate_count = self.duplicate_count;
        batch.intake_open = self.closing == Closing::No;
        batch.intake_interrupted = self.closing == Closing::Interrupted;
        tx.save_batch(&batch).await?;
        pass(Point::IntakeWritten);
        Ok(())
    }
}

fn accepts_users(batch: &Batch) -> bool {
    batch.intake_open && !batch.cancel_requested
}
