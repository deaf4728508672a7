use std::collections::HashMap;
use std::sync::Arc;

use seatkeeper_domain::{
    CompiledCatalog, CustomerId, License, ProductId, UserKey, UserOrder, UserSet,
};
use seatkeeper_store::{LicensePageQuery, PageStart, UserCursor};

use crate::selections::SetPage;
use crate::{Engine, EngineResult, Invalid, Selector, UserPage};

/// A request for the users of a selection who hold a product.
#[derive(Debug, Clone)]
pub struct ListAssignedUsers {
    /// The customer.
    pub customer: CustomerId,
    /// The users to check.
    pub selector: Selector,
    /// The product.
    pub product: ProductId,
    /// The order of the list.
    pub order: UserOrder,
    /// Where the page starts.
    pub start: PageStart<UserCursor>,
    /// The most users to return.
    pub limit: usize,
}

/// A page of the users who hold a product.
#[derive(Debug, Clone)]
pub struct AssignedUserPage {
    /// The users.
    pub page: UserPage,
    /// The license of each user; `None` for a user who lost it while the page was read.
    pub licenses: Vec<Option<License>>,
    /// The catalog that defines the keys of the licenses.
    pub catalog: Arc<CompiledCatalog>,
}

impl Engine {
    /// Lists the users of a selection who hold a product.
    pub async fn list_assigned_users(
        &self,
        list: ListAssignedUsers,
    ) -> EngineResult<AssignedUserPage> {
        let customer = self.find_customer(&list.customer).await?;
        let catalog = self.catalog().await?;
        let product = catalog
            .product_by_id(&list.product)
            .ok_or_else(|| Invalid::unknown_product("product", &list.product))?
            .key;
        let store = &self.core.store;
        let mut holders = store.holders(customer.key, product).await?;
        // For `All` no set is needed: every holder is a user of the customer.
        if list.selector != Selector::All {
            let among: UserSet = self
                .resolve_selection(&list.customer, "selection", list.selector)
                .await?
                .users;
            holders &= &among;
        }
        let page = SetPage {
            order: list.order,
            start: list.start,
            limit: list.limit,
        };
        let page = self.page_of_set(&customer, &holders, page).await?;
        let query = LicensePageQuery {
            users: Some(page.users.iter().map(|user| user.key).collect()),
            product: Some(product),
            after: None,
            limit: page.users.len(),
        };
        let licenses = store.licenses(customer.key, &query).await?.into_iter();
        let mut licenses: HashMap<UserKey, License> =
            licenses.map(|license| (license.user, license)).collect();
        Ok(AssignedUserPage {
            licenses: page
                .users
                .iter()
                .map(|user| licenses.remove(&user.key))
                .collect(),
            page,
            catalog,
        })
    }
}
