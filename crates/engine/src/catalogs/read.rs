use std::sync::Arc;

use seatkeeper_domain::{CatalogVersion, CompiledCatalog};

use crate::{Engine, EngineError, EngineResult, Resource, ResourceKind};

impl Engine {
    /// The newest catalog.
    ///
    /// # Errors
    /// [`EngineError::CatalogEmpty`] before the first import.
    pub async fn catalog(&self) -> EngineResult<Arc<CompiledCatalog>> {
        let latest = self.core.store.latest_catalog_version().await?;
        self.catalog_version(latest.ok_or(EngineError::CatalogEmpty)?)
            .await
    }

    /// The catalog of one version.
    pub async fn catalog_version(
        &self,
        version: CatalogVersion,
    ) -> EngineResult<Arc<CompiledCatalog>> {
        if let Some(compiled) = self.core.catalogs.get(version) {
            return Ok(compiled);
        }
        let catalog = self.core.store.catalog(version).await?.ok_or_else(|| {
            EngineError::NotFound(Resource {
                kind: ResourceKind::CatalogVersion,
                name: format!("catalog version {}", version.0),
            })
        })?;
        let compiled = Arc::new(CompiledCatalog::new(version, catalog));
        self.core.catalogs.put(&compiled);
        Ok(compiled)
    }
}
