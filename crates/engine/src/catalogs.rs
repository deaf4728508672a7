//! The versions of the catalog: reading, caching and importing them.

mod cache;
mod import;
mod read;

pub(crate) use cache::Catalogs;
pub use import::{CatalogImported, ImportCatalog};
