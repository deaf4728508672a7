use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, Customer, CustomerKey, Entitlement, JournalSequence, ProductKey, RequestId, UserKey,
    WaitlistPlace,
};

use super::counters::Counters;
use super::lanes::Lane;
use super::pools::Pools;
use super::reading::Reading;
use super::{
    batches, compaction, customers, entitlements, holders, journal, licenses, requests,
    reservations, segments, users, waitlist,
};
use crate::{
    BaseLicense, Batch, CustomerCounters, HolderPlace, HolderRow, JournalBase, JournalRow,
    LicenseRow, RequestRecord, Reservation, Segment, Snapshot, StoreResult, UserTally, WaitlistRow,
};

/// A transaction that reads, all at one moment.
pub(super) struct SqlSnapshot {
    db: Reading,
    customer: Customer,
    counters: Counters,
}

impl SqlSnapshot {
    /// `None` when there is no such customer.
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
            journal_base: self.counters.journal_base,
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

    async fn requests(
        &mut self,
        after: Option<&RequestId>,
        limit: usize,
    ) -> StoreResult<Vec<RequestRecord>> {
        requests::after(&self.db, self.key(), after, limit).await
    }

    async fn journal_base(&mut self) -> StoreResult<Option<JournalBase>> {
        compaction::base(&self.db, self.key()).await
    }

    async fn base_licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<BaseLicense>> {
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
        after: Option<(ProductKey, WaitlistPlace)>,
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
        after: Option<HolderPlace>,
        limit: usize,
    ) -> StoreResult<Vec<HolderRow>> {
        holders::rows(&self.db, self.key(), after, limit).await
    }
}
