use async_trait::async_trait;
use seatkeeper_domain::{Customer, CustomerId, Effect, Principal, Timestamp};
use seatkeeper_store::{CustomerTx, NewCustomer, StoreError};

use crate::engine::check_revision;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Page, Resource, ids};

/// A request to create a customer.
#[derive(Debug, Clone)]
pub struct CreateCustomer {
    /// The caller's identifier; generated when absent.
    pub id: Option<CustomerId>,
    /// A name for display.
    pub display_name: String,
    /// The principal that creates the customer.
    pub principal: Principal,
}

/// A request to change the fields of a customer.
#[derive(Debug, Clone)]
pub struct UpdateCustomer {
    /// The customer.
    pub id: CustomerId,
    /// The revision that the customer must have; `None` for any.
    pub revision: Option<i64>,
    /// The new display name; `None` keeps the current one.
    pub display_name: Option<String>,
    /// The principal that changes the customer.
    pub principal: Principal,
}

/// A request to delete a customer.
#[derive(Debug, Clone)]
pub struct DeleteCustomer {
    /// The customer.
    pub id: CustomerId,
    /// The revision that the customer must have; `None` for any.
    pub revision: Option<i64>,
    /// Whether to delete the customer's users, licenses and batches as well.
    pub force: bool,
}

impl Engine {
    /// Creates a customer.
    ///
    /// # Errors
    /// [`EngineError::AlreadyExists`] when the identifier is taken.
    pub async fn create_customer(&self, create: CreateCustomer) -> EngineResult<Customer> {
        let id = create
            .id
            .unwrap_or_else(|| ids::customer_id(&*self.core.ids));
        let created = self.core.store.create_customer(NewCustomer {
            id: id.clone(),
            display_name: create.display_name,
            principal: create.principal,
            time: self.core.clock.now(),
        });
        match created.await {
            Err(StoreError::AlreadyExists { .. }) => {
                Err(EngineError::AlreadyExists(Resource::customer(&id)))
            }
            created => Ok(created?),
        }
    }

    /// Returns a customer.
    pub async fn customer(&self, id: &CustomerId) -> EngineResult<Customer> {
        self.find_customer(id).await
    }

    /// A page of customers in order of their identifiers, starting after `after`.
    pub async fn list_customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> EngineResult<Page<Customer>> {
        let customers = self.core.store.list_customers(after, limit + 1).await?;
        let total = self.core.store.count_customers().await?;
        Ok(Page::of(customers, limit, total))
    }

    /// Changes the fields of a customer; equal fields create no new revision.
    pub async fn update_customer(&self, update: UpdateCustomer) -> EngineResult<Customer> {
        let id = update.id.clone();
        let now = self.core.clock.now();
        self.change_customer(&id, UpdateTransaction { update, now })
            .await
    }

    /// Deletes a customer.
    ///
    /// # Errors
    /// [`EngineError::CustomerNotEmpty`] when it has users and `force` is not set, or when one of
    /// its batches has not ended.
    pub async fn delete_customer(&self, delete: DeleteCustomer) -> EngineResult<()> {
        let id = delete.id.clone();
        self.change_customer(&id, DeleteTransaction { delete })
            .await
    }
}

struct UpdateTransaction {
    update: UpdateCustomer,
    now: Timestamp,
}

#[async_trait]
impl Transaction for UpdateTransaction {
    type Output = Customer;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Customer> {
        let mut customer = tx.customer().clone();
        check_revision(self.update.revision, customer.revision, || {
            Resource::customer(&customer.id)
        })?;
        let display_name = self
            .update
            .display_name
            .clone()
            .unwrap_or_else(|| customer.display_name.clone());
        if display_name == customer.display_name {
            return Ok(customer);
        }
        customer.display_name = display_name;
        customer.revision += 1;
        customer.update_time = self.now;
        tx.save_customer(customer.clone()).await?;
        let effect = Effect::CustomerChanged(customer.clone());
        tx.append(self.now, &self.update.principal, effect).await?;
        Ok(customer)
    }
}

struct DeleteTransaction {
    delete: DeleteCustomer,
}

#[async_trait]
impl Transaction for DeleteTransaction {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let unfinished_batches = tx.count_running_batches().await?;
        let customer = tx.customer();
        check_revision(self.delete.revision, customer.revision, || {
            Resource::customer(&customer.id)
        })?;
        let has_users = customer.user_count > 0 && !self.delete.force;
        if has_users || unfinished_batches > 0 {
            return Err(EngineError::CustomerNotEmpty {
                customer: customer.id.clone(),
                users: customer.user_count,
                unfinished_batches,
            });
        }
        Ok(tx.delete_customer().await?)
    }
}
