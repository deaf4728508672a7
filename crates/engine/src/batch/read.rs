use std::sync::Arc;

use seatkeeper_domain::{
    BatchId, BatchKey, BatchState, CompiledCatalog, CustomerId, CustomerKey, Effect,
    LicenseChanges, MemberResult, Outcome, ProductId, ProductKey, ViolationType,
};
use seatkeeper_store::Batch;

use crate::{
    Engine, EngineError, EngineResult, Invalid, InvalidKind, Page, Resource, ResourceKind,
};

/// Journal entries looked through for one page of filtered results. A page that finds less than
/// asked for within them is short, and says where to go on.
const ENTRIES_SCANNED_MAX: usize = 40;

/// A page of batches, newest first.
pub type BatchList = Page<Batch>;

/// Which results of a batch to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultFilter {
    /// Only users of whom a product failed.
    pub failed_only: bool,
    /// Only users of whom a product failed with this violation.
    pub violation: Option<ViolationType>,
    /// Only users for whom this product was not left unchanged; together with the others, only
    /// what happened to this product counts.
    pub product: Option<ProductId>,
}

/// One result, as it stands in the journal.
#[derive(Debug, Clone)]
pub struct StoredResult {
    changes: Arc<LicenseChanges>,
    index: usize,
}

impl StoredResult {
    /// The result.
    #[must_use]
    pub fn get(&self) -> MemberResult<'_> {
        self.changes
            .results()
            .nth(self.index)
            .expect("an index of these changes")
    }
}

/// A page of a batch's results.
#[derive(Debug, Clone)]
pub struct ResultPage {
    /// The batch.
    pub batch: Batch,
    /// The catalog it is judged by.
    pub catalog: Arc<CompiledCatalog>,
    /// The results, in order of processing.
    pub results: Vec<StoredResult>,
    /// The sequence number after which the next page starts; `None` when there is no more.
    pub next: Option<i64>,
}

impl Engine {
    /// A batch, with whose it is.
    pub async fn batch(
        &self,
        customer: &CustomerId,
        batch: &BatchId,
    ) -> EngineResult<(CustomerKey, Batch)> {
        let key = self.find_customer(customer).await?.key;
        let found = self.shared.store.batch_by_id(key, batch).await?;
        found
            .filter(|batch| batch.state != BatchState::Preparing)
            .map(|batch| (key, batch))
            .ok_or_else(|| batch_not_found(customer, batch))
    }

    /// A customer's batches, newest first.
    pub async fn list_batches(
        &self,
        customer: &CustomerId,
        before: Option<BatchKey>,
        limit: usize,
    ) -> EngineResult<BatchList> {
        let key = self.find_customer(customer).await?.key;
        let batches = self
            .shared
            .store
            .list_batches(key, before, limit + 1)
            .await?;
        let total = self.shared.store.count_batches(key).await?;
        Ok(Page::of(batches, limit, total))
    }

    /// A page of a batch's results, so far as there are any.
    pub async fn list_batch_results(
        &self,
        customer: &CustomerId,
        batch: &BatchId,
        filter: &ResultFilter,
        after: i64,
        limit: usize,
    ) -> EngineResult<ResultPage> {
        let (key, batch) = self.batch(customer, batch).await?;
        let catalog = self.catalog_version(batch.spec.catalog_version).await?;
        let matcher = Matcher::new(filter, &catalog)?;
        let mut reading = Reading {
            results: Vec::new(),
            after,
        };
        for _ in 0..ENTRIES_SCANNED_MAX {
            let entries = self
                .shared
                .store
                .batch_entries(key, batch.key, reading.after, 1)
                .await?;
            let Some(entry) = entries.into_iter().next() else {
                break;
            };
            let Effect::LicensesChanged(changes) = entry.effect else {
                break;
            };
            if reading.take(&Arc::new(changes), &matcher, limit) {
                break;
            }
        }
        let Reading { results, after } = reading;
        let next = (after < batch.processed_count).then_some(after);
        Ok(ResultPage {
            batch,
            catalog,
            results,
            next,
        })
    }
}

struct Reading {
    results: Vec<StoredResult>,
    after: i64,
}

impl Reading {
    /// Takes matching results out of one entry; true when the page is full.
    fn take(&mut self, changes: &Arc<LicenseChanges>, matcher: &Matcher, limit: usize) -> bool {
        for (index, result) in changes.results().enumerate() {
            if result.sequence_number <= self.after {
                continue;
            }
            if self.results.len() == limit {
                return true;
            }
            self.after = result.sequence_number;
            if matcher.matches(result) {
                self.results.push(StoredResult {
                    changes: Arc::clone(changes),
                    index,
                });
            }
        }
        self.results.len() == limit
    }
}

struct Matcher {
    failed_only: bool,
    violation: Option<ViolationType>,
    product: Option<ProductKey>,
}

impl Matcher {
    fn new(filter: &ResultFilter, catalog: &CompiledCatalog) -> EngineResult<Self> {
        let product = match &filter.product {
            None => None,
            Some(id) => Some(
                catalog
                    .product_by_id(id)
                    .map(|found| found.key)
                    .ok_or_else(|| {
                        Invalid::one(
                            InvalidKind::UnknownProduct(id.clone()),
                            "product",
                            format!("product {id} is not in the batch's catalog"),
                        )
                    })?,
            ),
        };
        Ok(Self {
            failed_only: filter.failed_only,
            violation: filter.violation,
            product,
        })
    }

    fn matches(&self, result: MemberResult<'_>) -> bool {
        result.decision.products.iter().any(|decided| {
            self.product.is_none_or(|product| {
                decided.product == product && decided.outcome != Outcome::Unchanged
            }) && (!self.failed_only || decided.outcome == Outcome::Failed)
                && self.violation.is_none_or(|wanted| {
                    decided
                        .violations
                        .iter()
                        .any(|found| found.violation_type() == wanted)
                })
        })
    }
}

pub(super) fn batch_not_found(customer: &CustomerId, batch: &BatchId) -> EngineError {
    EngineError::NotFound(Resource::of_customer(
        ResourceKind::Batch,
        customer,
        "batches",
        batch,
    ))
}
