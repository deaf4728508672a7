use std::collections::HashMap;
use std::sync::Arc;

use seatkeeper_domain::{
    BatchId, BatchKey, CompiledCatalog, CustomerId, CustomerKey, Effect, JournalEntry,
    JournalSequence,
};
use seatkeeper_store::JournalSpan;

use crate::{Engine, EngineError, EngineResult, Resource};

/// A request for entries of a customer's journal.
#[derive(Debug, Clone)]
pub struct ListJournal {
    /// The customer.
    pub customer: CustomerId,
    /// Only entries after this one; zero for all that are still stored.
    pub after: JournalSequence,
    /// The most entries to return. Fewer are returned if they are large.
    pub limit: usize,
}

/// A journal entry with the catalog and the batch that its keys refer to.
#[derive(Debug, Clone)]
pub struct ReadEntry {
    /// The entry.
    pub entry: JournalEntry,
    /// The catalog of the entry's products; `None` if the entry names no product or no catalog
    /// exists.
    pub catalog: Option<Arc<CompiledCatalog>>,
    /// The batch of the entry, if it has one.
    pub batch: Option<BatchId>,
}

impl Engine {
    /// Entries of a customer's journal, oldest first, and the position of the newest one. The list
    /// is empty only if there are no entries after `after`.
    ///
    /// # Errors
    /// [`EngineError::JournalPositionUnknown`] when the position is after the newest entry, or the
    /// entries after it were removed.
    pub async fn list_journal(
        &self,
        list: &ListJournal,
    ) -> EngineResult<(Vec<ReadEntry>, JournalSequence)> {
        let key = self.find_customer(&list.customer).await?.key;
        let span = self.journal_span(&list.customer, key).await?;
        let after = start_position(span, list.after)?;
        let read = self.read_journal(&list.customer, key, after, list.limit);
        Ok((read.await?, span.last))
    }

    /// The first and the last position of a journal.
    pub(super) async fn journal_span(
        &self,
        id: &CustomerId,
        customer: CustomerKey,
    ) -> EngineResult<JournalSpan> {
        let span = self.core.store.journal_span(customer).await?;
        span.ok_or_else(|| EngineError::NotFound(Resource::customer(id)))
    }

    /// The entries after a position, which must be in the journal.
    pub(super) async fn read_journal(
        &self,
        id: &CustomerId,
        customer: CustomerKey,
        after: JournalSequence,
        limit: usize,
    ) -> EngineResult<Vec<ReadEntry>> {
        let entries = self.core.store.journal(customer, after, limit).await?;
        if entries
            .first()
            .is_none_or(|entry| entry.sequence.0 != after.0 + 1)
        {
            // The next entries may have been removed since the position was checked.
            within(self.journal_span(id, customer).await?, after)?;
        }
        let mut keys: Vec<BatchKey> = entries
            .iter()
            .filter_map(|entry| entry.effect.batch())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let ids = if keys.is_empty() {
            Vec::new()
        } else {
            self.core.store.batch_ids(customer, &keys).await?
        };
        let ids: HashMap<BatchKey, BatchId> = ids.into_iter().collect();
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let batch = entry.effect.batch().and_then(|key| ids.get(&key).cloned());
            let catalog = self.catalog_of(&entry.effect).await?;
            read.push(ReadEntry {
                entry,
                catalog,
                batch,
            });
        }
        Ok(read)
    }

    /// The catalog of an entry's products: the one that decided it, or the newest. The newest
    /// catalog keeps every product that was ever in a catalog.
    async fn catalog_of(&self, effect: &Effect) -> EngineResult<Option<Arc<CompiledCatalog>>> {
        if let Some(changes) = effect.license_changes() {
            return self
                .catalog_version(changes.catalog_version)
                .await
                .map(Some);
        }
        let names_products = matches!(
            effect,
            Effect::PurchaseChanged { .. }
                | Effect::WaitlistLeft { .. }
                | Effect::WaitlistPrioritized { .. }
        );
        if !names_products {
            return Ok(None);
        }
        match self.catalog().await {
            Ok(catalog) => Ok(Some(catalog)),
            Err(EngineError::CatalogEmpty) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The position after which a reader starts; zero stands for the beginning of the journal.
pub(super) fn start_position(
    span: JournalSpan,
    after: JournalSequence,
) -> EngineResult<JournalSequence> {
    if after == JournalSequence(0) {
        return Ok(span.checkpoint);
    }
    within(span, after)
}

/// Checks that the journal has the position.
pub(super) fn within(span: JournalSpan, after: JournalSequence) -> EngineResult<JournalSequence> {
    if (span.checkpoint..=span.last).contains(&after) {
        return Ok(after);
    }
    Err(EngineError::JournalPositionUnknown {
        given: after.0,
        min: span.checkpoint.0,
        max: span.last.0,
    })
}
