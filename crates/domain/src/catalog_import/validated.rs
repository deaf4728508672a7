use std::collections::HashMap;

use super::existing_keys::ExistingKeys;
use super::warning::ImportWarning;
use super::{CatalogDraft, lint};
use crate::{Catalog, Product, ProductKey};

/// An import with nothing wrong in it.
#[derive(Debug, Clone)]
pub struct ValidatedDraft {
    draft: CatalogDraft,
    counts: ImportCounts,
    warnings: Vec<ImportWarning>,
}

/// How many products an import touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportCounts {
    /// Products that are new.
    pub created: usize,
    /// Products that were known and changed, newly retired ones not counted.
    pub updated: usize,
    /// Products that were retired.
    pub retired: usize,
}

impl ValidatedDraft {
    /// An import that was validated against `before` and makes `after` of it.
    pub(super) fn new(mut draft: CatalogDraft, before: &Catalog, after: &Catalog) -> Self {
        let keys = draft.keys(&ExistingKeys::of(before));
        let mut warnings = std::mem::take(&mut draft.warnings);
        lint::warn(after, &keys, &mut warnings);
        Self {
            draft,
            counts: ImportCounts::between(before, after),
            warnings: warnings.into_list(),
        }
    }

    /// The warnings about the catalog after the import, each once.
    #[must_use]
    pub fn warnings(&self) -> &[ImportWarning] {
        &self.warnings
    }

    /// What becomes of the products.
    #[must_use]
    pub const fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// The catalog after the import; equal to `previous` when it changes nothing.
    ///
    /// `previous` is the catalog that the import was validated against, or a later one: none ever
    /// forgets a product or plan, so what was known is known still. Products and plans keep their
    /// keys, and new ones get the next numbers in order of appearance.
    #[must_use]
    pub fn into_catalog(self, previous: Option<&Catalog>) -> Catalog {
        match previous {
            Some(previous) => self.draft.build(previous),
            None => self.draft.build(&Catalog::default()),
        }
    }
}

impl ImportCounts {
    /// Counts what differs between the catalogs before and after an import.
    #[must_use]
    pub fn between(before: &Catalog, after: &Catalog) -> Self {
        let before: HashMap<ProductKey, &Product> = before
            .products
            .iter()
            .map(|product| (product.key, product))
            .collect();
        let mut counts = Self::default();
        for product in &after.products {
            match before.get(&product.key) {
                None => counts.created += 1,
                Some(&known) if known == product => {}
                Some(known) if product.retired && !known.retired => counts.retired += 1,
                Some(_) => counts.updated += 1,
            }
        }
        counts
    }
}
