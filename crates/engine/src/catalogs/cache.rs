use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use seatkeeper_domain::{CatalogVersion, CompiledCatalog};

/// The most compiled catalogs in the cache. Old ones are needed while batches decided by them are
/// read.
const COMPILED_MAX: usize = 8;

/// A cache of compiled catalogs by version. The oldest version is evicted first.
#[derive(Default)]
pub(crate) struct Catalogs {
    compiled: Mutex<BTreeMap<CatalogVersion, Arc<CompiledCatalog>>>,
}

impl Catalogs {
    pub(super) fn get(&self, version: CatalogVersion) -> Option<Arc<CompiledCatalog>> {
        self.compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&version)
            .cloned()
    }

    pub(super) fn put(&self, catalog: &Arc<CompiledCatalog>) {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.insert(catalog.version(), Arc::clone(catalog));
        while compiled.len() > COMPILED_MAX {
            compiled.pop_first();
        }
    }
}
