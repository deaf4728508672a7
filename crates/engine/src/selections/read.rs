use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    Customer, CustomerId, Selection, SelectionId, SelectionKey, Timestamp, UserOrder, UserSet,
};
use seatkeeper_store::{CustomerTx, PageStart, UserCursor};

use super::{SetPage, find, live};
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Page, UserPage};

/// A request for a page of a saved selection's users.
#[derive(Debug, Clone)]
pub struct ListSelectionUsers {
    /// The customer.
    pub customer: CustomerId,
    /// The selection.
    pub selection: SelectionId,
    /// The order of the list.
    pub order: UserOrder,
    /// Where the page starts.
    pub start: PageStart<UserCursor>,
    /// The most users to return.
    pub limit: usize,
}

impl Engine {
    /// Returns a saved selection. This does not count as a use.
    pub async fn selection(
        &self,
        customer: &CustomerId,
        id: &SelectionId,
    ) -> EngineResult<Selection> {
        let key = self.find_customer(customer).await?.key;
        let found = self.core.store.selection(key, id).await?;
        live(found, self.core.clock.now(), customer, id)
    }

    /// A page of a customer's saved selections, newest first, older than `before`.
    pub async fn list_selections(
        &self,
        customer: &CustomerId,
        before: Option<SelectionKey>,
        limit: usize,
    ) -> EngineResult<Page<Selection>> {
        let key = self.find_customer(customer).await?.key;
        let now = self.core.clock.now();
        let store = &self.core.store;
        let selections = store.list_selections(key, now, before, limit + 1).await?;
        let total = store.count_selections(key, now).await?;
        Ok(Page::of(selections, limit, total))
    }

    /// A page of a saved selection's users. This counts as a use.
    pub async fn list_selection_users(&self, list: ListSelectionUsers) -> EngineResult<UserPage> {
        let customer = self.find_customer(&list.customer).await?;
        let users = self.use_selection(&customer, &list.selection).await?;
        let page = SetPage {
            order: list.order,
            start: list.start,
            limit: list.limit,
        };
        self.page_of_set(&customer, &users, page).await
    }

    /// Returns the users of a saved selection and renews it.
    pub(crate) async fn use_selection(
        &self,
        customer: &Customer,
        id: &SelectionId,
    ) -> EngineResult<Arc<UserSet>> {
        let store = &self.core.store;
        let now = self.core.clock.now();
        let found = store.selection(customer.key, id).await?;
        let selection = live(found, now, &customer.id, id)?;
        let users = store.selection_users(customer.key, selection.key).await?;
        // Between the two reads the selection may have been deleted and its key reused.
        let again = store.selection(customer.key, id).await?;
        let same = again.filter(|again| {
            (again.key, again.create_time) == (selection.key, selection.create_time)
        });
        live(same, now, &customer.id, id)?;
        if selection.renewal(now).is_some() {
            let renew = Renew {
                id: id.clone(),
                now,
            };
            let renewed = self.transact(customer.key, renew).await?;
            renewed.ok_or_else(|| EngineError::NotFound(super::resource(&customer.id, id)))?;
        }
        Ok(Arc::new(users))
    }
}

/// Stores that a selection was used.
struct Renew {
    id: SelectionId,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Renew {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let mut selection = find(tx, &self.id, self.now).await?;
        if let Some(expire_time) = selection.renewal(self.now) {
            selection.expire_time = expire_time;
            tx.save_selection(&selection).await?;
        }
        Ok(())
    }
}
