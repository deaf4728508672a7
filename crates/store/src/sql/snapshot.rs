use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, Customer, CustomerKey, Entitlement, JournalSequence, ProductKey, RequestId, UserKey,
    WaitlistSortKey,
};

use super::counters::Counters;
use super::lanes::Lane;
use super::pools::Pools;
use super::reading::Reading;
use super::{
    batches, compaction, customers, entitlements, holders, idempotency, journal, licenses,
    reservations, segments, users, waitlist,
};
use crate::{
    Batch, CheckpointLicense, CustomerCounters, HolderRow, HolderSetKey, IdempotencyRecord,
    JournalCheckpoint, JournalRow, LicenseRow, Reservation, Segment, Snapshot, StoreResult,
    UserTally, WaitlistRow,
};

/// A read transaction; all its reads see the same moment.
pub(super) struct SqlSnapshot {
    db: Reading,
    customer: Customer,
    counters: Counters,
}

impl SqlSnapshot {
    /// `None` when the customer does not exist.
    pub(super) async fn begin(pools: &Pools, key: CustomerKey) -> StoreResult<Option<Self>> {
        let db = pools.begin_read(Lane::Expensive).await?;
        let Some(row) = customers::row(&db, key).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            db,
            counters: Counters::of(&row),
            customer: customers::parse(row)?,
        }))
    }

    fn key(&self) -> CustomerKey {
        self.customer.key
    }
}

#[async_trait]
impl Snapshot for SqlSnapshot {
    fn customer(&self) -> &Customer {
        &self.customer
    }

    fn counters(&self) -> CustomerCounters {
        CustomerCounters {
            last_user: UserKey(self.counters.last_user_key),
            last_batch: BatchKey(self.counters.last_batch_key),
            journal: self.counters.journal_sequence,
            journal_checkpoint: self.counters.journal_checkpoint,
            waitlist: self.counters.last_waitlist_sequence,
            waiting: self.counters.waitlist_count,
        }
    }

    async fn users(&mut self) -> StoreResult<UserTally> {
        users::tally(&self.db, self.key()).await
    }

    async fn entitlements(&mut self) -> StoreResult<Vec<Entitlement>> {
        entitlements::read(&self.db, self.key(), None).await
    }

    async fn reservations(&mut self) -> StoreResult<Vec<Reservation>> {
        reservations::all(&self.db, self.key()).await
    }

    async fn batches(&mut self, after: BatchKey, limit: usize) -> StoreResult<Vec<Batch>> {
        batches::after(&self.db, self.key(), after, limit).await
    }

    async fn segments(
        &mut self,
        after: Option<(BatchKey, i64)>,
        limit: usize,
    ) -> StoreResult<Vec<Segment>> {
        segments::after(&self.db, self.key(), after, limit).await
    }

    async fn idempotency_records(
        &mut self,
        after: Option<&RequestId>,
        limit: usize,
    ) -> StoreResult<Vec<IdempotencyRecord>> {
        idempotency::after(&self.db, self.key(), after, limit).await
    }

    async fn journal_checkpoint(&mut self) -> StoreResult<Option<JournalCheckpoint>> {
        compaction::checkpoint(&self.db, self.key()).await
    }

    async fn checkpoint_licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<CheckpointLicense>> {
        compaction::licenses(&self.db, self.key(), after, limit).await
    }

    async fn journal(
        &mut self,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalRow>> {
        journal::rows(&self.db, self.key(), after, limit).await
    }

    async fn waitlist(
        &mut self,
        after: Option<(ProductKey, WaitlistSortKey)>,
        limit: usize,
    ) -> StoreResult<Vec<WaitlistRow>> {
        waitlist::rows(&self.db, self.key(), after, limit).await
    }

    async fn licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<LicenseRow>> {
        licenses::rows(&self.db, self.key(), after, limit).await
    }

    async fn holders(
        &mut self,
        after: Option<HolderSetKey>,
        limit: usize,
    ) -> StoreResult<Vec<HolderRow>> {
        holders::rows(&self.db, self.key(), after, limit).await
    }
}
