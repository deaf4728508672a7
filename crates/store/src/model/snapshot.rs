use async_trait::async_trait;
use seatkeeper_domain::{
    BatchKey, Customer, Entitlement, JournalSequence, ProductKey, RequestId, UserKey, WaitlistPlace,
};

use super::tenant::{Records, Tenant};
use crate::{
    BaseLicense, Batch, CustomerCounters, HolderPlace, HolderRow, JournalBase, JournalRow,
    LicensePageQuery, LicenseRow, RequestRecord, Reservation, Segment, Snapshot, StoreResult,
    UserTally, WaitlistQuery, WaitlistRow,
};

/// A copy of a customer.
pub(super) struct ModelSnapshot(pub(super) Tenant);

impl ModelSnapshot {
    fn records(&self) -> &Records {
        &self.0.records
    }
}

#[async_trait]
impl Snapshot for ModelSnapshot {
    fn customer(&self) -> &Customer {
        &self.0.customer
    }

    fn counters(&self) -> CustomerCounters {
        CustomerCounters {
            last_user: self.records().directory.last_key(),
            last_batch: self.records().batches.last_key(),
            journal: self.records().journal.last(),
            journal_base: self.records().journal.span().base,
            waitlist: self.records().waitlist.last_sequence(),
            waiting: self.records().waitlist.count(None, None),
        }
    }

    async fn users(&mut self) -> StoreResult<UserTally> {
        let directory = &self.records().directory;
        Ok(UserTally {
            count: directory.len(),
            greatest: directory.last_key(),
        })
    }

    async fn entitlements(&mut self) -> StoreResult<Vec<Entitlement>> {
        Ok(self.records().seats.entitlements(None))
    }

    async fn reservations(&mut self) -> StoreResult<Vec<Reservation>> {
        Ok(self.records().seats.all_reservations())
    }

    async fn batches(&mut self, after: BatchKey, limit: usize) -> StoreResult<Vec<Batch>> {
        Ok(self.records().batches.after(after, limit))
    }

    async fn segments(
        &mut self,
        after: Option<(BatchKey, i64)>,
        limit: usize,
    ) -> StoreResult<Vec<Segment>> {
        Ok(self.records().batches.segments_after(after, limit))
    }

    async fn requests(
        &mut self,
        after: Option<&RequestId>,
        limit: usize,
    ) -> StoreResult<Vec<RequestRecord>> {
        let records = self.records().requests.values();
        Ok(records
            .filter(|record| after.is_none_or(|after| record.id > *after))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn journal_base(&mut self) -> StoreResult<Option<JournalBase>> {
        Ok(self.records().journal.base().cloned())
    }

    async fn base_licenses(
        &mut self,
        after: Option<(UserKey, ProductKey)>,
        limit: usize,
    ) -> StoreResult<Vec<BaseLicense>> {
        let licenses = self.records().journal.base_licenses();
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
        let entries = self.records().journal.after(after, limit);
        Ok(entries.into_iter().map(JournalRow::of).collect())
    }

    async fn waitlist(
        &mut self,
        after: Option<(ProductKey, WaitlistPlace)>,
        limit: usize,
    ) -> StoreResult<Vec<WaitlistRow>> {
        let query = WaitlistQuery {
            after,
            limit,
            ..WaitlistQuery::default()
        };
        let records = self.records();
        let entries = records.page_of_waitlist(&query).into_iter();
        Ok(entries
            .map(|entry| WaitlistRow {
                product: entry.product,
                place: entry.place,
                user: entry.user,
                user_exists: true,
                holds: records.licenses.holds(entry.user, entry.product),
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
        let licenses = self.records().licenses.page(&query).into_iter();
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
        after: Option<HolderPlace>,
        limit: usize,
    ) -> StoreResult<Vec<HolderRow>> {
        let rows = self.records().licenses.holder_rows().into_iter();
        Ok(rows
            .filter(|row| after.is_none_or(|after| row.place > after))
            .take(limit)
            .collect())
    }
}
