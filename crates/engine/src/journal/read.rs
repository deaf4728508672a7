use std::collections::HashMap;
use std::sync::Arc;

use seatkeeper_domain::{
    BatchId, BatchKey, CompiledCatalog, CustomerId, CustomerKey, Effect, JournalEntry,
    JournalSequence,
};

use crate::{Engine, EngineError, EngineResult, Resource};

/// Entries of a customer's journal to be listed.
#[derive(Debug, Clone)]
pub struct ListJournal {
    /// Of which customer.
    pub customer: CustomerId,
    /// Only entries after this one; zero for all.
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
    /// Entries of a customer's journal, oldest first, with the place of the newest there is. None
    /// come back only when there are none.
    ///
    /// # Errors
    /// [`EngineError::JournalPlaceUnknown`] when the journal does not reach so far.
    pub async fn list_journal(
        &self,
        list: &ListJournal,
    ) -> EngineResult<(Vec<ReadEntry>, JournalSequence)> {
        let key = self.find_customer(&list.customer).await?.key;
        let newest = self.newest_entry(&list.customer, key, list.after).await?;
        let entries = self.read_journal(key, list.after, list.limit).await?;
        Ok((entries, newest))
    }

    /// The place of the newest entry, which must not be before `after`.
    pub(super) async fn newest_entry(
        &self,
        id: &CustomerId,
        customer: CustomerKey,
        after: JournalSequence,
    ) -> EngineResult<JournalSequence> {
        let newest = self.shared.store.journal_sequence(customer).await?;
        let newest = newest.ok_or_else(|| EngineError::NotFound(Resource::customer(id)))?;
        if after > newest {
            let (given, max) = (after.0, newest.0);
            return Err(EngineError::JournalPlaceUnknown { given, max });
        }
        Ok(newest)
    }

    pub(super) async fn read_journal(
        &self,
        customer: CustomerKey,
        after: JournalSequence,
        limit: usize,
    ) -> EngineResult<Vec<ReadEntry>> {
        let entries = self.shared.store.journal(customer, after, limit).await?;
        let mut keys: Vec<BatchKey> = entries
            .iter()
            .filter_map(|entry| batch_of(&entry.effect))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let ids = if keys.is_empty() {
            Vec::new()
        } else {
            self.shared.store.batch_ids(customer, &keys).await?
        };
        let ids: HashMap<BatchKey, BatchId> = ids.into_iter().collect();
        let mut read = Vec::with_capacity(entries.len());
        for entry in entries {
            let batch = batch_of(&entry.effect).and_then(|key| ids.get(&key).cloned());
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

/// The batch that an entry is about.
fn batch_of(effect: &Effect) -> Option<BatchKey> {
    match effect {
        Effect::LicensesChanged(changes) => changes.span.map(|span| span.batch),
        Effect::BatchAccepted { batch }
        | Effect::BatchCancelled { batch }
        | Effect::BatchEnded { batch, .. } => Some(*batch),
        Effect::PurchaseChanged { .. }
        | Effect::CustomerChanged(_)
        | Effect::UsersChanged { .. }
        | Effect::UserDeleted { .. }
        | Effect::WaitlistLeft { .. }
        | Effect::WaitlistPrioritized { .. } => None,
    }
}
