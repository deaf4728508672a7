use std::collections::HashMap;

use super::existing_keys::ExistingKeys;
use super::warning::ImportWarning;
use super::{CatalogDraft, lint};
use crate::{Catalog, Product, ProductKey};

/// An import without errors.
#[derive(Debug, Clone)]
pub struct ValidatedDraft {
    draft: CatalogDraft,
    counts: ImportCounts,
    warnings: Vec<ImportWarning>,
}

/// How many products an import changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportCounts {
    /// New products.
    pub created: usize,
    /// Existing products that changed, except newly retired ones.
    pub updated: usize,
    /// Newly retired products.
    pub retired: usize,
}

impl ValidatedDraft {
    /// An import that was validated against `before` and results in `after`.
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

    /// Warnings about the catalog after the import, without duplicates.
    #[must_use]
    pub fn warnings(&self) -> &[ImportWarning] {
        &self.warnings
    }

    /// The number of products created, updated and retired.
    #[must_use]
    pub const fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// The catalog after the import; equal to `previous` if the import changes nothing.
    ///
    /// `previous` is the catalog that the import was validated against, or a later version.
    /// Products and plans are never deleted, so all references stay valid. Products and plans keep
    /// their keys; new ones get the next keys in order of appearance.
    #[must_use]
    pub fn into_catalog(self, previous: Option<&Catalog>) -> Catalog {
        match previous {
            Some(previous) => self.draft.build(previous),
            None => self.draft.build(&Catalog::default()),
        }
    }
}

impl ImportCounts {
    /// Counts the differences between the catalogs before and after an import.
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
