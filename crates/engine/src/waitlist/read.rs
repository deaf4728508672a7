use std::sync::Arc;

use seatkeeper_domain::{
    CompiledCatalog, CustomerId, ProductId, ProductKey, UserId, WaitlistEntry, WaitlistEntryName,
    WaitlistSortKey,
};
use seatkeeper_store::WaitlistQuery;

use crate::entitlements::entitlement_not_found;
use crate::{Engine, EngineError, EngineResult, Page, Resource, ResourceKind};

/// A request for a page of waitlisted users: one product's queue after another, each in the order
/// of serving.
#[derive(Debug, Clone)]
pub struct ListWaitlist {
    /// The customer.
    pub customer: CustomerId,
    /// Only the queue of this product; `None` for all.
    pub product: Option<ProductId>,
    /// Only the entries of this user.
    pub user: Option<UserId>,
    /// Only entries after this sort key.
    pub after: Option<(ProductKey, WaitlistSortKey)>,
    /// The most entries to return.
    pub limit: usize,
}

/// A page of waitlisted users.
#[derive(Debug, Clone)]
pub struct WaitlistPage {
    /// The entries.
    pub page: Page<WaitlistEntry>,
    /// The catalog that defines the keys; `None` before the first import.
    pub catalog: Option<Arc<CompiledCatalog>>,
}

/// A waitlisted user.
#[derive(Debug, Clone)]
pub struct WaitingUser {
    /// The entry.
    pub entry: WaitlistEntry,
    /// The catalog that defines the entry's keys.
    pub catalog: Arc<CompiledCatalog>,
}

impl Engine {
    /// A page of waitlisted users.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when the customer has no entitlement to the product, or the
    /// user does not exist.
    pub async fn list_waitlist(&self, list: ListWaitlist) -> EngineResult<WaitlistPage> {
        let customer = self.find_customer(&list.customer).await?.key;
        let product = match &list.product {
            None => None,
            Some(product) => {
                let found = match self.entitlement(&list.customer, product).await {
                    Err(EngineError::CatalogEmpty) => {
                        Err(entitlement_not_found(&list.customer, product))
                    }
                    found => found,
                };
                Some(found?.entitlement.product)
            }
        };
        let user = match &list.user {
            None => None,
            Some(user) => Some(self.user(&list.customer, user).await?.key),
        };
        let query = WaitlistQuery {
            product,
            user,
            after: list.after,
            limit: list.limit + 1,
        };
        let store = &self.core.store;
        let total = store.count_waitlist(customer, product, user).await?;
        let entries = store.waitlist(customer, &query).await?;
        let catalog = match self.catalog().await {
            Err(EngineError::CatalogEmpty) => None,
            catalog => Some(catalog?),
        };
        Ok(WaitlistPage {
            page: Page::of(entries, list.limit, total),
            catalog,
        })
    }
}

pub(super) fn entry_resource(
    customer: &CustomerId,
    product: &ProductId,
    user: &UserId,
) -> Resource {
    let name = WaitlistEntryName {
        customer: customer.clone(),
        product: product.clone(),
        user: user.clone(),
    };
    Resource {
        kind: ResourceKind::WaitlistEntry,
        name: name.to_string(),
    }
}
