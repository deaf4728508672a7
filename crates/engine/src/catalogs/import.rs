use std::sync::Arc;

use seatkeeper_domain::{CatalogVersion, CompiledCatalog, Principal, ValidatedDraft};
use seatkeeper_store::{NewCatalog, StoreError};

use crate::{Engine, EngineError, EngineResult};

/// A catalog to be imported. The draft says whether it is merged into the previous catalog or
/// replaces it.
#[derive(Debug)]
pub struct ImportCatalog {
    /// The catalog file, parsed and validated.
    pub draft: ValidatedDraft,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that imports the catalog.
    pub principal: Principal,
}

/// The result of an import.
#[derive(Debug, Clone)]
pub struct CatalogImported {
    /// The catalog after the import, or as it would be after it.
    pub catalog: Arc<CompiledCatalog>,
    /// Whether it differs from the previous catalog. An equal catalog creates no new version.
    pub changed: bool,
}

impl Engine {
    /// Imports a catalog as the next version. Running batches keep the version they started with.
    pub async fn import_catalog(&self, import: ImportCatalog) -> EngineResult<CatalogImported> {
        let previous = match self.catalog().await {
            Ok(catalog) => Some(catalog),
            Err(EngineError::CatalogEmpty) => None,
            Err(error) => return Err(error),
        };
        let catalog = import
            .draft
            .into_catalog(previous.as_ref().map(|p| p.catalog()));
        if let Some(previous) = previous.as_ref().filter(|p| *p.catalog() == catalog) {
            return Ok(CatalogImported {
                catalog: Arc::clone(previous),
                changed: false,
            });
        }
        let version = previous.as_ref().map(|previous| previous.version());
        if import.validate_only {
            let next = CatalogVersion(version.map_or(1, |version| version.0 + 1));
            let catalog = Arc::new(CompiledCatalog::new(next, catalog));
            return Ok(CatalogImported {
                catalog,
                changed: true,
            });
        }
        let saved = self.core.store.save_catalog(NewCatalog {
            previous: version,
            catalog,
            principal: import.principal,
            time: self.core.clock.now(),
        });
        let version = match saved.await {
            Err(StoreError::AlreadyExists { .. }) => return Err(EngineError::CatalogConflict),
            saved => saved?,
        };
        Ok(CatalogImported {
            catalog: self.catalog_version(version).await?,
            changed: true,
        })
    }
}
