use std::sync::Arc;

use seatkeeper_domain::{
    BatchId, BatchKey, BatchState, CompiledCatalog, CustomerId, CustomerKey, HeldLicense,
    LicenseChanges, MemberResult, MemberState, Outcome, ProductId, ProductKey, RelevantProducts,
    ViolationType,
};
use seatkeeper_store::{Batch, Selected, SelectedUser};

use crate::batch::errors::batch_not_found;
use crate::{Engine, EngineResult, Invalid, InvalidKind, Page};

/// The most journal entries that are scanned for one page of filtered results. If they hold fewer
/// results than the limit, the page is short and its cursor continues after them.
const ENTRIES_SCANNED_MAX: usize = 40;

/// A page of batches, newest first.
pub type BatchList = Page<Batch>;

/// Filters the results of a batch. A result matches if one product satisfies all conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResultFilter {
    /// Only results with a failed product.
    pub failed_only: bool,
    /// Only results with a product that failed with this violation.
    pub violation: Option<ViolationType>,
    /// Only results that did not leave this product unchanged. The other conditions then apply to
    /// this product only.
    pub product: Option<ProductId>,
}

/// A request for a page of a batch's results.
#[derive(Debug, Clone)]
pub struct ListBatchResults {
    /// The customer that owns the batch.
    pub customer: CustomerId,
    /// The batch.
    pub batch: BatchId,
    /// Which results to return.
    pub filter: ResultFilter,
    /// Whether to return the licenses that each user holds now.
    pub include_current_licenses: bool,
    /// Only results after this sequence number.
    pub after: i64,
    /// The most results to return.
    pub limit: usize,
}

/// One result, as stored in the journal.
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
            .expect("the index was taken from these changes")
    }
}

/// A page of a batch's results.
#[derive(Debug, Clone)]
pub struct ResultPage {
    /// The batch.
    pub batch: Batch,
    /// The catalog that the batch is decided by.
    pub catalog: Arc<CompiledCatalog>,
    /// The results, in order of processing.
    pub results: Vec<StoredResult>,
    /// The sequence number after which the next page starts.
    pub after: i64,
    /// Whether the batch has more results now.
    pub more: bool,
    /// The licenses that the users hold now, if the caller requested them.
    pub current: Option<CurrentLicenses>,
}

/// The licenses that the users of a page hold now, including changes made after the batch.
#[derive(Debug, Clone)]
pub struct CurrentLicenses {
    /// The newest catalog, which defines the keys.
    pub catalog: Arc<CompiledCatalog>,
    /// For each result of the page, the licenses that its user holds, ascending by product; empty
    /// for a user who does not exist.
    pub licenses: Vec<Vec<HeldLicense>>,
}

impl Engine {
    /// Returns a batch and the key of its customer.
    pub async fn batch(
        &self,
        customer: &CustomerId,
        batch: &BatchId,
    ) -> EngineResult<(CustomerKey, Batch)> {
        let key = self.find_customer(customer).await?.key;
        let found = self.core.store.batch_by_id(key, batch).await?;
        found
            .filter(|batch| batch.state != BatchState::Preparing)
            .map(|batch| (key, batch))
            .ok_or_else(|| batch_not_found(customer, batch))
    }

    /// A page of a customer's batches, newest first.
    pub async fn list_batches(
        &self,
        customer: &CustomerId,
        before: Option<BatchKey>,
        limit: usize,
    ) -> EngineResult<BatchList> {
        let key = self.find_customer(customer).await?.key;
        let batches = self.core.store.list_batches(key, before, limit + 1).await?;
        let total = self.core.store.count_batches(key).await?;
        Ok(Page::of(batches, limit, total))
    }

    /// A page of the results that a batch has so far.
    pub async fn list_batch_results(&self, list: &ListBatchResults) -> EngineResult<ResultPage> {
        let (key, batch) = self.batch(&list.customer, &list.batch).await?;
        let catalog = self.catalog_version(batch.spec.catalog_version).await?;
        let matcher = Matcher::new(&list.filter, &catalog)?;
        let mut reading = Reading {
            results: Vec::new(),
            after: list.after,
        };
        for _ in 0..ENTRIES_SCANNED_MAX {
            let entries = self
                .core
                .store
                .batch_entries(key, batch.key, reading.after, 1)
                .await?;
            let entry = entries.into_iter().next();
            let changes = entry.and_then(|entry| entry.effect.into_license_changes());
            if is_gone(&batch, reading.after, changes.as_ref()) {
                return Err(batch_not_found(&list.customer, &list.batch));
            }
            let Some(changes) = changes else {
                break;
            };
            if reading.take(&Arc::new(changes), &matcher, list.limit) {
                break;
            }
        }
        let Reading { results, after } = reading;
        let more = after < batch.processed_count;
        let current = if list.include_current_licenses {
            Some(self.current_licenses(key, &results).await?)
        } else {
            None
        };
        Ok(ResultPage {
            batch,
            catalog,
            results,
            after,
            more,
            current,
        })
    }

    async fn current_licenses(
        &self,
        customer: CustomerKey,
        results: &[StoredResult],
    ) -> EngineResult<CurrentLicenses> {
        let selected = results.iter().map(|result| {
            let member = result.get().member;
            let unknown = || SelectedUser::Unknown(member.user_id.clone());
            let user = member.user.map_or_else(unknown, SelectedUser::Known);
            let request_index = None;
            Selected {
                user,
                request_index,
            }
        });
        let selected = selected.collect::<Vec<_>>();
        let loaded = self
            .core
            .store
            .load_chunk(customer, &selected, &RelevantProducts::All)
            .await?;
        let licenses = loaded.state.members.iter().map(|member| match member {
            MemberState::NotFound => Vec::new(),
            MemberState::Found { holding, .. } => {
                loaded.state.holdings[holding.0 as usize].licenses.clone()
            }
        });
        let licenses = licenses.collect();
        let catalog = self.catalog().await?;
        Ok(CurrentLicenses { catalog, licenses })
    }
}

struct Reading {
    results: Vec<StoredResult>,
    after: i64,
}

impl Reading {
    /// Takes the matching results of one entry; returns true when the page is full.
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

/// Whether a batch was removed while its results were read. Results up to `after` are read already;
/// `next` is the next entry of the batch's journal.
fn is_gone(batch: &Batch, after: i64, next: Option<&LicenseChanges>) -> bool {
    match next {
        Some(next) => next.first_result() > after + 1,
        None => after < batch.processed_count,
    }
}
