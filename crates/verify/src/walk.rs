use seatkeeper_domain::{BatchKey, CustomerKey, JournalSequence};
use seatkeeper_store::{Snapshot, Store, StoreError, StoreResult};

use crate::limits::{CUSTOMERS_PAGE, LARGE_ROWS_PAGE, ROWS_PAGE};
use crate::{Check, Finding, Findings, all_checks};

/// The result of the audit of one customer.
#[derive(Debug)]
pub struct Verdict {
    /// The violations, in full.
    pub findings: Vec<Finding>,
    /// How many further findings there are.
    pub unnamed: u64,
}

/// An audit of all customers, one after the other; each in a snapshot of its own.
pub struct Audit<'a> {
    store: &'a dyn Store,
    page: Vec<seatkeeper_domain::Customer>,
    after: Option<seatkeeper_domain::CustomerId>,
}

impl<'a> Audit<'a> {
    /// An audit that has not begun.
    #[must_use]
    pub fn of(store: &'a dyn Store) -> Self {
        Self {
            store,
            page: Vec::new(),
            after: None,
        }
    }

    /// Audits the next customer; `None` when there are no more.
    ///
    /// # Errors
    /// When the database does not answer. Damaged data is a finding, not an error.
    pub async fn next(&mut self) -> StoreResult<Option<Verdict>> {
        loop {
            if self.page.is_empty() {
                let after = self.after.as_ref();
                self.page = self.store.list_customers(after, CUSTOMERS_PAGE).await?;
                self.page.reverse();
            }
            let Some(customer) = self.page.pop() else {
                return Ok(None);
            };
            self.after = Some(customer.id);
            // A customer that was deleted since the list was read is skipped.
            if let Some(verdict) = verify_customer(self.store, customer.key).await? {
                return Ok(Some(verdict));
            }
        }
    }
}

/// Checks all rows of a customer, in one consistent snapshot; `None` when there is no such
/// customer.
///
/// # Errors
/// When the database does not answer. Damaged data is a finding, not an error.
pub async fn verify_customer(
    store: &dyn Store,
    customer: CustomerKey,
) -> StoreResult<Option<Verdict>> {
    let Some(mut snapshot) = store.snapshot(customer).await? else {
        return Ok(None);
    };
    let mut walk = Walk {
        checks: all_checks(),
        found: Findings::of(snapshot.customer().id.clone()),
    };
    match walk.read(&mut *snapshot).await {
        Ok(()) => {}
        // Rows after an unreadable one can't be checked.
        Err(StoreError::Corrupt { table, key, what }) => walk.found.add(
            table,
            key,
            format_args!("{what}; what comes after it is not checked"),
        ),
        Err(error) => return Err(error),
    }
    let (findings, unnamed) = walk.found.into_parts();
    Ok(Some(Verdict { findings, unnamed }))
}

struct Walk {
    checks: Vec<Box<dyn Check>>,
    found: Findings,
}

impl Walk {
    async fn read(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let users = snapshot.users().await?;
        let (customer, counters) = (snapshot.customer().clone(), snapshot.counters());
        self.each_check(|check, found| check.customer(&customer, counters, users, found));
        for entitlement in snapshot.entitlements().await? {
            self.each_check(|check, found| check.entitlement(&entitlement, found));
        }
        self.batches(snapshot).await?;
        for reservation in snapshot.reservations().await? {
            self.each_check(|check, found| check.reservation(&reservation, found));
        }
        self.checkpoint(snapshot).await?;
        self.journal(snapshot).await?;
        self.waitlists(snapshot).await?;
        self.licenses(snapshot).await?;
        self.holders(snapshot).await?;
        self.segments(snapshot).await?;
        self.idempotency_records(snapshot).await?;
        self.each_check(|check, found| check.end(found));
        Ok(())
    }

    async fn batches(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = BatchKey(0);
        loop {
            let page = snapshot.batches(after, ROWS_PAGE).await?;
            for batch in &page {
                self.each_check(|check, found| check.batch(batch, found));
            }
            match page.last() {
                Some(last) => after = last.key,
                None => return Ok(()),
            }
        }
    }

    async fn checkpoint(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        if let Some(checkpoint) = snapshot.journal_checkpoint().await? {
            self.each_check(|check, found| check.checkpoint(&checkpoint, found));
        }
        let mut after = None;
        loop {
            let page = snapshot.checkpoint_licenses(after, ROWS_PAGE).await?;
            for license in &page {
                self.each_check(|check, found| check.checkpoint_license(license, found));
            }
            match page.last() {
                Some(last) => after = Some((last.user, last.held.product)),
                None => return Ok(()),
            }
        }
    }

    async fn journal(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = JournalSequence(0);
        loop {
            let page = snapshot.journal(after, LARGE_ROWS_PAGE).await?;
            for row in &page {
                self.each_check(|check, found| check.entry(row, found));
            }
            match page.last() {
                Some(last) => after = last.entry.sequence,
                None => return Ok(()),
            }
        }
    }

    async fn waitlists(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = None;
        loop {
            let page = snapshot.waitlist(after, ROWS_PAGE).await?;
            for waiting in &page {
                self.each_check(|check, found| check.waiting(waiting, found));
            }
            match page.last() {
                Some(last) => after = Some((last.product, last.sort_key)),
                None => return Ok(()),
            }
        }
    }

    async fn licenses(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = None;
        loop {
            let page = snapshot.licenses(after, ROWS_PAGE).await?;
            for license in &page {
                self.each_check(|check, found| check.license(license, found));
            }
            match page.last() {
                Some(last) => after = Some((last.user, last.held.product)),
                None => return Ok(()),
            }
        }
    }

    async fn holders(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = None;
        loop {
            let page = snapshot.holders(after, LARGE_ROWS_PAGE).await?;
            for row in &page {
                self.each_check(|check, found| check.holders(row, found));
            }
            match page.last() {
                Some(last) => after = Some(last.key),
                None => return Ok(()),
            }
        }
    }

    async fn segments(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = None;
        loop {
            let page = snapshot.segments(after, LARGE_ROWS_PAGE).await?;
            for segment in &page {
                self.each_check(|check, found| check.segment(segment, found));
            }
            match page.last() {
                Some(last) => after = Some((last.batch, last.first_position)),
                None => return Ok(()),
            }
        }
    }

    async fn idempotency_records(&mut self, snapshot: &mut dyn Snapshot) -> StoreResult<()> {
        let mut after = None;
        loop {
            let page = snapshot
                .idempotency_records(after.as_ref(), ROWS_PAGE)
                .await?;
            for request in &page {
                self.each_check(|check, found| check.idempotency_record(request, found));
            }
            match page.last() {
                Some(last) => after = Some(last.id.clone()),
                None => return Ok(()),
            }
        }
    }

    fn each_check(&mut self, mut visit: impl FnMut(&mut dyn Check, &mut Findings)) {
        for check in &mut self.checks {
            visit(&mut **check, &mut self.found);
        }
    }
}
