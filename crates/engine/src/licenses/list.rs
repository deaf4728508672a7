use std::sync::Arc;

use seatkeeper_domain::{
    CompiledCatalog, CustomerId, License, ProductId, ProductKey, UserId, UserKey,
};
use seatkeeper_store::LicensePageQuery;

use crate::{Engine, EngineError, EngineResult, Invalid};

/// A request for a page of licenses, by user in directory order, then by product.
#[derive(Debug, Clone)]
pub struct ListLicenses {
    /// The customer.
    pub customer: CustomerId,
    /// Only the licenses of this user; `None` for all users.
    pub user: Option<UserId>,
    /// Only licenses of this product; `None` for all.
    pub product: Option<ProductId>,
    /// Only licenses after this position.
    pub after: Option<(UserKey, ProductKey)>,
    /// The most licenses to return.
    pub limit: usize,
}

/// A page of licenses.
#[derive(Debug, Clone)]
pub struct LicensePage {
    /// The licenses.
    pub licenses: Vec<License>,
    /// The `after` of the next page; `None` on the last page.
    pub next: Option<(UserKey, ProductKey)>,
    /// The catalog that defines the keys; `None` before the first import.
    pub catalog: Option<Arc<CompiledCatalog>>,
}

impl Engine {
    /// A page of a customer's licenses.
    pub async fn list_licenses(&self, list: ListLicenses) -> EngineResult<LicensePage> {
        let customer = self.find_customer(&list.customer).await?.key;
        let user = match &list.user {
            Some(user) => Some(self.user(&list.customer, user).await?.key),
            None => None,
        };
        let catalog = match self.catalog().await {
            Err(EngineError::CatalogEmpty) => {
                return Ok(LicensePage {
                    licenses: Vec::new(),
                    next: None,
                    catalog: None,
                });
            }
            catalog => catalog?,
        };
        let product = match &list.product {
            Some(id) => match catalog.product_by_id(id) {
                Some(product) => Some(product.key),
                None => return Err(Invalid::unknown_product("product", id)),
            },
            None => None,
        };
        let query = LicensePageQuery {
            users: user.map(|user| vec![user]),
            product,
            after: list.after,
            limit: list.limit + 1,
        };
        let mut licenses = self.core.store.licenses(customer, &query).await?;
        let more = licenses.len() > list.limit;
        licenses.truncate(list.limit);
        let next = licenses
            .last()
            .filter(|_| more)
            .map(|last| (last.user, last.held.product));
        Ok(LicensePage {
            licenses,
            next,
            catalog: Some(catalog),
        })
    }
}
