use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, Customer, Entitlement, JournalSequence, ProductKey, RequestId, UserKey,
    WaitlistSortKey,
};

use super::customer::{CustomerData, CustomerState};
use crate::{
    Batch, CheckpointLicense, CustomerCounters, HolderRow, HolderSetKey, IdempotencyRecord,
    JournalCheckpoint, JournalRow, LicensePageQuery, LicenseRow, Reservation, Segment, Snapshot,
    StoreResult, UserTally, WaitlistQuery, WaitlistRow,
};

/// A copy of a customer.
pub(super) struct ModelSnapshot(pub(super) CustomerState);

impl ModelSnapshot {
    fn data(&self) -> &CustomerData {
        &self.0.data
    }
}

#[async_trait]
impl Snapshot for ModelSnapshot {
    fn customer(&self) -> &Customer {
        &self.0.customer
    }

    fn counters(&self) -> CustomerCounters {
        CustomerCounters {
            last_user: self.data().directory.last_key(),
            last_batch: self.data().batches.last_key(),
            journal: self.data().journal.last(),
            journal_checkpoint: self.data().journal.span().checkpoint,
            waitlist: self.data().waitlist.last_sequence(),
            waiting: self.data().waitlist.count(None, None),
        }
    }

    async fn users(&mut self) -> StoreResult<UserTally> {
        let directory = &self.data().directory;
        Ok(UserTally {
            count: directory.len(),
            greatest: directory.last_key(),
        })
    }

    async fn entitlements(&mut self) -> StoreResult<Vec<Entitlement>> {
        Ok(self.data().seats.entitlements(None))
    }

    async fn reservations(&mut self) -> StoreResult<Vec<Reservation>> {
        Ok(self.data().seats.all_reservations())
    }

    async fn batches(&mut self, after: BatchKey, limit: usize) -> StoreResult<Vec<Batch>> {
        Ok(self.data().batches.after(after, limit))
    }

    async fn segments(
        &mut self,
        after: Option<(BatchKey, i64)>,
        limit: usize,
    ) -> StoreResult<Vec<Segment>> {
        Ok(self.data().batches.segments_after(after, limit))
    }

    async fn idempotency_records(
        &mut self,
        after: Option<&RequestId>,
        limit: usize,
    ) -> StoreResult<Vec<IdempotencyRecord>> {
        let records = self.data().idempotency_records.values();
        Ok(records
            .filter(|record| after.is_none_or(|after| record.id > *after))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn journal_checkpoint(&mut self) -> StoreResult<Option<JournalCheckpoint>> {
        Ok(self.data().journal.checkpoint().cloned())
    }

    async fn checkpoint_licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<CheckpointLicense>> {
        let licenses = self.data().journal.checkpoint_licenses();
        Ok(licenses
            .filter(|license| {
                after.is_none_or(|after| (license.user, license.held.product) > after)
            })
            .take(limit)
            .cloned()
            .collect())
    }

    async fn journal(
        &mut self,
        after: JournalSequence,
        limit: usize,
    ) -> StoreResult<Vec<JournalRow>> {
        let entries = self.data().journal.after(after, limit);
        Ok(entries.into_iter().map(JournalRow::of).collect())
    }

    async fn waitlist(
        &mut self,
        after: Option<(ProductKey, WaitlistSortKey)>,
        limit: usize,
    ) -> StoreResult<Vec<WaitlistRow>> {
        let query = WaitlistQuery {
            after,
            limit,
            ..WaitlistQuery::default()
        };
        let data = self.data();
        let entries = data.page_of_waitlist(&query).into_iter();
        Ok(entries
            .map(|entry| WaitlistRow {
                product: entry.product,
                sort_key: entry.sort_key,
                user: entry.user,
                user_exists: true,
                holds: data.licenses.holds(entry.user, entry.product),
            })
            .collect())
    }

    async fn licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<LicenseRow>> {
        let query = LicensePageQuery {
            users: None,
            product: None,
            after,
            limit,
        };
        let licenses = self.data().licenses.page(&query).into_iter();
        Ok(licenses
            .map(|license| LicenseRow {
                user: license.user,
                user_id: Some(license.user_id),
                held: license.held,
                assign_time: license.assign_time,
                changed_by: license.changed_by,
            })
            .collect())
    }

    async fn holders(
        &mut self,
        after: Option<HolderSetKey>,
        limit: usize,
    ) -> StoreResult<Vec<HolderRow>> {
        let rows = self.data().licenses.holder_rows().into_iter();
        Ok(rows
            .filter(|row| after.is_none_or(|after| row.key > after))
            .take(limit)
            .collect())
    }
}
