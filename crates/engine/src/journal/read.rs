use std::collections::HashMap;
use std::sync::Arc;

use seatkeeper_domain::{
    BatchId, BatchKey, CompiledCatalog, CustomerId, CustomerKey, Effect, JournalEntry,
    JournalSequence,
};
use seatkeeper_store::JournalSpan;

use crate::{Engine, EngineError, EngineResult, Resource};

/// Entries of a customer's journal to be listed.
#[derive(Debug, Clone)]
pub struct ListJournal {
    /// Of which customer.
    pub customer: CustomerId,
    /// Only entries after this one; zero for all that are left.
    pub after: JournalSequence,
    /// The most entries to return. There may be fewer where they are large.
    pub limit: usize,
}

/// An entry with what its keys mean.
#[derive(Debug, Clone)]
pub struct ReadEntry {
    /// The entry.
    pub entry: JournalEntry,
    /// The catalog that its products are of; `None` where there was none yet.
    pub catalog: Option<Arc<CompiledCatalog>>,
    /// The batch that it is about.
    pub batch: Option<BatchId>,
}

impl Engine {
    /// Entries of a customer's journal, oldest first, with the position of the newest there is. None
    /// come back only when there are none.
    ///
    /// # Errors
    /// [`EngineError::JournalPositionUnknown`] when the journal does not reach so far, or does not go
    /// back so far any more.
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

    /// Where a journal begins and ends.
    pub(super) async fn journal_span(
        &self,
        id: &CustomerId,
        customer: CustomerKey,
    ) -> EngineResult<JournalSpan> {
        let span = self.core.store.journal_span(customer).await?;
        span.ok_or_else(|| EngineError::NotFound(Resource::customer(id)))
    }

    /// The entries after a position that the journal has.
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
            // Those that should come next may have been removed since the position was checked.
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

    /// The catalog that an entry's products are of: the one it was decided by, or the newest, which
    /// keeps every product that was ever in one.
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

/// The position after which a reader goes on who asks for it: zero is wherever the journal begins.
pub(super) fn start_position(
    span: JournalSpan,
    after: JournalSequence,
) -> EngineResult<JournalSequence> {
    if after == JournalSequence(0) {
        return Ok(span.checkpoint);
    }
    within(span, after)
}

/// A position that the journal must have.
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
