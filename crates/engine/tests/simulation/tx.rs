use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    BatchId, BatchKey, Customer, Effect, Entitlement, JournalEntry, JournalSequence, License,
    LicenseChanges, Principal, ProductKey, RelevantProducts, RequestId, Selection, SelectionId,
    SelectionKey, Timestamp, User, UserFilter, UserId, UserKey, UserSet, WaitlistEntry,
};
use seatkeeper_engine::Limits;
use seatkeeper_store::{
    Batch, CompactionStep, CustomerTx, IdempotencyRecord, LicensePageQuery, LicenseRecord,
    LicenseVersion, LoadedChunk, NewBatch, NewSelection, NewUser, PackedSegment, SelectQuery,
    Selected, StoreError, StoreResult, WaitlistJoins, WaitlistQuery,
};

use crate::fault_profile::CommitOutcome;
use crate::mutants::Mutant;
use crate::server::{Server, Way, source};
use crate::sim::trace_line;

/// A transaction over a connection that can get lost. Its changes are then rolled back and its lock
/// is released, unless its commit reached the database.
pub(crate) struct FaultyTx {
    /// `None` once the connection is lost.
    inner: Option<Box<dyn CustomerTx>>,
    server: Arc<Server>,
}

impl FaultyTx {
    pub(crate) fn new(inner: Box<dyn CustomerTx>, server: &Arc<Server>) -> Self {
        server.transacts(true);
        Self {
            inner: Some(inner),
            server: Arc::clone(server),
        }
    }

    fn known(&self) -> &dyn CustomerTx {
        &**self
            .inner
            .as_ref()
            .expect("a failed transaction must not be used again")
    }

    async fn reach(&mut self, name: &str) -> StoreResult<&mut dyn CustomerTx> {
        match self.server.travel(true).await {
            Way::Arrived => {}
            Way::Lost => {
                self.inner = None;
                // A paused server sees the error when it continues.
                self.server.running().await;
                return Err(self.server.unavailable(name));
            }
            Way::Dead => {
                self.inner = None;
                return pending().await;
            }
        }
        if self
            .server
            .sim
            .strikes(self.server.sim.fault_profile.conflict / 4)
        {
            self.server.sim.count("conflict");
            self.inner = None;
            return Err(StoreError::Conflict(source(
                "a simulated serialization failure",
            )));
        }
        Ok(self.reached())
    }

    fn reached(&mut self) -> &mut dyn CustomerTx {
        let inner = self.inner.as_mut();
        &mut **inner.expect("a failed transaction must not be used again")
    }

    /// Checks that only the server with a batch's lease writes its chunks.
    async fn watch_chunk(&mut self, changes: &LicenseChanges) -> StoreResult<()> {
        let Some(span) = changes.span else {
            return Ok(());
        };
        let stored = self.reached().batch(span.batch).await?;
        let owner = stored.and_then(|batch| batch.lease.owner);
        if owner.as_deref() != Some(&*self.server.name) {
            let (name, batch) = (&self.server.name, span.batch);
            let what = format!("{name} writes a chunk of {batch:?}, which {owner:?} holds");
            self.server.sim.fail(what);
        }
        Ok(())
    }

    /// Checks that no server claims a batch while its lease is valid, by the claiming server's
    /// clock.
    async fn watch_lease(&mut self, batch: &Batch) -> StoreResult<()> {
        let Some(stored) = self.reached().batch(batch.key).await? else {
            return Ok(());
        };
        let lease = i64::try_from(Limits::default().lease.as_micros()).unwrap();
        let now = batch.lease.until.map(|until| until.plus_micros(-lease));
        let taken = batch.lease.epoch > stored.lease.epoch;
        if taken && stored.lease.owner.is_some() && stored.lease.until > now {
            let (name, batch) = (&self.server.name, batch.key);
            self.server.sim.fail(format!(
                "{name} claims {batch:?} before its lease has expired"
            ));
        }
        Ok(())
    }

    fn has(&self, mutant: Mutant) -> bool {
        self.server.sim.has(mutant)
    }

    /// A batch as a store with a mutant returns it.
    fn as_read(&self, mut batch: Batch) -> Batch {
        if self.has(Mutant::LeaseIgnored) {
            batch.lease.until = None;
        }
        if self.has(Mutant::MissingCancelledResults) && batch.cancel_requested {
            batch.user_count = batch.processed_count;
        }
        if self.has(Mutant::IgnoredCancel) {
            batch.cancel_requested = false;
        }
        batch
    }

    /// A batch as a store with a mutant stores it.
    async fn as_saved(&mut self, mut batch: Batch) -> StoreResult<Batch> {
        let Some(stored) = self.reached().batch(batch.key).await? else {
            return Ok(batch);
        };
        if self.has(Mutant::IgnoredCancel) {
            batch.cancel_requested |= stored.cancel_requested;
        }
        if self.has(Mutant::MissingCancelledResults) {
            batch.user_count = batch.user_count.max(stored.user_count);
        }
        if self.has(Mutant::CursorNotMoved) {
            batch.processed_count = stored.processed_count;
        }
        let same_server = batch.lease.epoch == stored.lease.epoch;
        if self.has(Mutant::UserStreamLeftOpen) && same_server && batch.user_stream_interrupted {
            batch.user_stream_open = stored.user_stream_open;
            batch.user_stream_interrupted = false;
        }
        Ok(batch)
    }

    async fn finish(mut self) -> StoreResult<()> {
        self.reach("commit").await?;
        let inner = self.inner.take().expect("the connection is open");
        let (server, sim) = (&self.server, &self.server.sim);
        let outcome = sim.commit_outcome();
        if outcome != CommitOutcome::Done {
            trace_line!(sim, "{}: commit {outcome:?}", server.name);
            sim.count(match outcome {
                CommitOutcome::Done => "none",
                CommitOutcome::UnknownNotDone => "commit unknown, not done",
                CommitOutcome::UnknownDone => "commit unknown, done",
                CommitOutcome::UnknownDoneLate(_) => "commit unknown, done later",
                CommitOutcome::CrashBefore => "crash before commit",
                CommitOutcome::CrashAfter => "crash after commit",
            });
        }
        match outcome {
            CommitOutcome::Done => inner.commit().await?,
            CommitOutcome::UnknownNotDone => {
                drop(inner);
                return Err(unknown());
            }
            CommitOutcome::UnknownDone => {
                inner.commit().await?;
                return Err(unknown());
            }
            CommitOutcome::UnknownDoneLate(time) => {
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    inner.commit().await
                });
                return Err(unknown());
            }
            CommitOutcome::CrashBefore => {
                drop(inner);
                server.kill();
            }
            CommitOutcome::CrashAfter => {
                inner.commit().await?;
                server.kill();
            }
        }
        match server.travel(false).await {
            Way::Arrived => Ok(()),
            Way::Lost => Err(unknown()),
            Way::Dead => pending().await,
        }
    }
}

impl Drop for FaultyTx {
    fn drop(&mut self) {
        self.server.transacts(false);
    }
}

fn unknown() -> StoreError {
    StoreError::CommitUnknown(source("the simulated connection was lost during commit"))
}

macro_rules! faulty_tx {
    ($(async fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl CustomerTx for FaultyTx {
            fn customer(&self) -> &Customer {
                self.known().customer()
            }

            fn journal_sequence(&self) -> JournalSequence {
                self.known().journal_sequence()
            }

            fn last_user_key(&self) -> UserKey {
                self.known().last_user_key()
            }

            fn waitlist_count(&self) -> i64 {
                self.known().waitlist_count()
            }

            fn take_dirty_queues(&mut self) -> Vec<ProductKey> {
                let queues = self.reached().take_dirty_queues();
                if self.has(Mutant::WaitlistNotServed) {
                    return Vec::new();
                }
                queues
            }

            fn count_deleted_users(&self) -> i64 {
                self.known().count_deleted_users()
            }

            async fn commit(self: Box<Self>) -> StoreResult<()> {
                if self.has(Mutant::AnswerBeforeCommit) {
                    tokio::spawn(self.finish());
                    return Ok(());
                }
                let repeated = self.has(Mutant::UnknownCommitRepeated);
                self.finish().await.map_err(|error| match error {
                    StoreError::CommitUnknown(source) if repeated => StoreError::Conflict(source),
                    error => error,
                })
            }

            async fn record_all_licenses(
                &mut self,
                time: Timestamp,
                records: Vec<LicenseRecord>,
            ) -> StoreResult<Vec<JournalEntry>> {
                self.reach("record_all_licenses").await?;
                for record in &records {
                    self.watch_chunk(&record.changes).await?;
                }
                self.reached().record_all_licenses(time, records).await
            }

            async fn save_batch(&mut self, batch: &Batch) -> StoreResult<()> {
                self.reach("save_batch").await?;
                self.watch_lease(batch).await?;
                let batch = self.as_saved(batch.clone()).await?;
                self.reached().save_batch(&batch).await
            }

            async fn batch(&mut self, batch: BatchKey) -> StoreResult<Option<Batch>> {
                let found = self.reach("batch").await?.batch(batch).await?;
                Ok(found.map(|batch| self.as_read(batch)))
            }

            async fn set_reservations(
                &mut self,
                batch: BatchKey,
                seats: &[(ProductKey, i64)],
            ) -> StoreResult<()> {
                self.reach("set_reservations").await?;
                if seats.is_empty() && self.has(Mutant::LeakedReservation) {
                    return Ok(());
                }
                self.reached().set_reservations(batch, seats).await
            }

            async fn insert_idempotency_records(
                &mut self,
                records: &[IdempotencyRecord],
            ) -> StoreResult<()> {
                self.reach("insert_idempotency_records").await?;
                if self.has(Mutant::LostRequestId) {
                    return Ok(());
                }
                self.reached().insert_idempotency_records(records).await
            }

            $(async fn $name(&mut self, $($argument: $type),*) -> StoreResult<$answer> {
                self.reach(stringify!($name)).await?.$name($($argument),*).await
            })*
        }
    };
}

faulty_tx! {
    async fn save_customer(customer: Customer) -> ();
    async fn delete_customer() -> ();
    async fn users(ids: &[UserId]) -> Vec<Option<User>>;
    async fn insert_users(users: Vec<NewUser>) -> Vec<UserKey>;
    async fn update_users(users: &[User]) -> ();
    async fn delete_user(user: UserKey) -> ();
    async fn resolve_users(ids: &[UserId]) -> Vec<Option<UserKey>>;
    async fn select_users(query: &SelectQuery) -> Vec<UserKey>;
    async fn count_users(filter: Option<&UserFilter>) -> i64;
    async fn deleted_users() -> UserSet;
    async fn load_chunk(selected: &[Selected], relevant: &RelevantProducts) -> LoadedChunk;
    async fn licenses(query: &LicensePageQuery) -> Vec<License>;
    async fn entitlements(products: &[ProductKey]) -> Vec<Entitlement>;
    async fn save_entitlement(entitlement: &Entitlement) -> ();
    async fn reservations(batch: BatchKey) -> Vec<(ProductKey, i64)>;
    async fn waitlist(query: &WaitlistQuery) -> Vec<WaitlistEntry>;
    async fn waited_for(users: &[UserKey]) -> Vec<(UserKey, i64, ProductKey)>;
    async fn join_waitlist(time: Timestamp, joins: &WaitlistJoins) -> ();
    async fn leave_waitlist(changes: &[(UserKey, i64)]) -> ();
    async fn prioritize(time: Timestamp, product: ProductKey, user: UserKey, priority: i32) -> ();
    async fn waitlist_due(product: ProductKey) -> Option<Timestamp>;
    async fn set_waitlist_due(product: ProductKey, due: Option<Timestamp>) -> ();
    async fn append(time: Timestamp, principal: &Principal, effect: Effect) -> JournalEntry;
    async fn entries(sequences: &[JournalSequence]) -> Vec<Option<JournalEntry>>;
    async fn batch_entries(batch: BatchKey, after_result: i64, limit: usize) -> Vec<JournalEntry>;
    async fn license_versions(users: &[UserKey]) -> Vec<LicenseVersion>;
    async fn idempotency_records(ids: &[RequestId]) -> Vec<Option<IdempotencyRecord>>;
    async fn selection(id: &SelectionId) -> Option<Selection>;
    async fn count_selections(now: Timestamp) -> i64;
    async fn insert_selection(selection: NewSelection, users: &UserSet) -> Selection;
    async fn save_selection(selection: &Selection) -> ();
    async fn add_selection_users(selection: SelectionKey, users: &UserSet) -> i64;
    async fn remove_selection_users(selection: SelectionKey, users: &UserSet) -> i64;
    async fn delete_selection(selection: SelectionKey) -> ();
    async fn insert_batch(batch: NewBatch) -> Batch;
    async fn batch_by_id(batch: &BatchId) -> Option<Batch>;
    async fn count_running_batches() -> i64;
    async fn unfinished_batches() -> Vec<Batch>;
    async fn remove_batch(batch: BatchKey, segments_max: usize) -> bool;
    async fn delete_old_idempotency_records(until: Timestamp, limit: usize) -> usize;
    async fn compact_journal(step: CompactionStep) -> usize;
    async fn delete_batch(batch: BatchKey) -> ();
    async fn append_segments(
        batch: BatchKey, first_position: i64, segments: &[PackedSegment]
    ) -> ();
    async fn segments(
        batch: BatchKey, first_position: i64, segments_max: usize
    ) -> Option<Vec<Selected>>;
}
