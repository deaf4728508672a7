use std::sync::Arc;

use async_trait::async_trait;
use seatkeeper_domain::{
    CompiledCatalog, CustomerId, Effect, LeaveReason, Principal, ProductId, ProductKey, Timestamp,
    UserId, WAITLIST_PRIORITY_MAX, WaitlistEntry, WaitlistLeave,
};
use seatkeeper_store::{CustomerTx, WaitlistQuery};

use super::read::{WaitingUser, entry_resource};
use crate::engine::check_revision;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Invalid};

/// A request to change the priority of a waitlisted user.
#[derive(Debug, Clone)]
pub struct PrioritizeWaiting {
    /// The customer.
    pub customer: CustomerId,
    /// The product that the user waits for.
    pub product: ProductId,
    /// The user.
    pub user: UserId,
    /// The new priority; higher ones are served first. At most [`WAITLIST_PRIORITY_MAX`], positive
    /// or negative.
    pub priority: i32,
    /// The revision that the entry must have; `None` for any.
    pub revision: Option<i64>,
    /// The principal that the journal records.
    pub principal: Principal,
}

/// A request to remove a user from a queue.
#[derive(Debug, Clone)]
pub struct LeaveWaitlist {
    /// The customer.
    pub customer: CustomerId,
    /// The product that the user waits for.
    pub product: ProductId,
    /// The user.
    pub user: UserId,
    /// The revision that the entry must have; `None` for any.
    pub revision: Option<i64>,
    /// The principal that the journal records.
    pub principal: Principal,
}

/// An entry as identified by a request.
#[derive(Debug, Clone)]
struct Target {
    customer: CustomerId,
    product: ProductId,
    key: ProductKey,
    user: UserId,
    revision: Option<i64>,
}

impl Engine {
    /// Changes the priority of a waitlisted user, and so possibly the position in the queue.
    pub async fn prioritize_waiting(
        &self,
        prioritize: PrioritizeWaiting,
    ) -> EngineResult<WaitingUser> {
        let given = prioritize.priority;
        if !(-WAITLIST_PRIORITY_MAX..=WAITLIST_PRIORITY_MAX).contains(&given) {
            let description = format!(
                "is {given}; must be {} to {WAITLIST_PRIORITY_MAX}",
                -WAITLIST_PRIORITY_MAX
            );
            return Err(Invalid::value("waitlist_entry.priority", description));
        }
        let PrioritizeWaiting {
            customer,
            product,
            user,
            priority,
            revision,
            principal,
        } = prioritize;
        let (catalog, target) = self.target(customer, product, user, revision).await?;
        let customer = target.customer.clone();
        let transaction = Prioritize {
            target,
            priority,
            principal,
            now: self.core.clock.now(),
        };
        let entry = self.change_customer(&customer, transaction).await?;
        Ok(WaitingUser { entry, catalog })
    }

    /// Removes a user from a queue. A change that waits for several products leaves all their
    /// queues: it applies as a whole or not at all.
    pub async fn leave_waitlist(&self, leave: LeaveWaitlist) -> EngineResult<()> {
        let LeaveWaitlist {
            customer,
            product,
            user,
            revision,
            principal,
        } = leave;
        let (_, target) = self.target(customer, product, user, revision).await?;
        let customer = target.customer.clone();
        let transaction = Leave {
            target,
            principal,
            now: self.core.clock.now(),
        };
        self.change_customer(&customer, transaction).await
    }

    async fn target(
        &self,
        customer: CustomerId,
        product: ProductId,
        user: UserId,
        revision: Option<i64>,
    ) -> EngineResult<(Arc<CompiledCatalog>, Target)> {
        self.find_customer(&customer).await?;
        let missing = || EngineError::NotFound(entry_resource(&customer, &product, &user));
        let catalog = match self.catalog().await {
            Err(EngineError::CatalogEmpty) => return Err(missing()),
            catalog => catalog?,
        };
        let key = catalog.product_by_id(&product).ok_or_else(missing)?.key;
        Ok((
            catalog,
            Target {
                customer,
                product,
                key,
                user,
                revision,
            },
        ))
    }
}

impl Target {
    /// The entry, if its revision is the expected one.
    async fn find(&self, tx: &mut dyn CustomerTx) -> EngineResult<WaitlistEntry> {
        let resource = || entry_resource(&self.customer, &self.product, &self.user);
        let user = tx.users(std::slice::from_ref(&self.user)).await?;
        let entry = match user.into_iter().flatten().next() {
            None => None,
            Some(user) => {
                let query = WaitlistQuery {
                    product: Some(self.key),
                    user: Some(user.key),
                    after: None,
                    limit: 1,
                };
                tx.waitlist(&query).await?.into_iter().next()
            }
        };
        let entry = entry.ok_or_else(|| EngineError::NotFound(resource()))?;
        check_revision(self.revision, entry.revision, resource)?;
        Ok(entry)
    }
}

struct Prioritize {
    target: Target,
    priority: i32,
    principal: Principal,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Prioritize {
    type Output = WaitlistEntry;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<WaitlistEntry> {
        let entry = self.target.find(tx).await?;
        let priority = self.priority;
        if priority == entry.sort_key.priority() {
            return Ok(entry);
        }
        tx.prioritize(self.now, entry.product, entry.user, priority)
            .await?;
        let effect = Effect::WaitlistPrioritized {
            user: entry.user_id,
            product: entry.product,
            priority,
        };
        tx.append(self.now, &self.principal, effect).await?;
        let target = Target {
            revision: None,
            ..self.target.clone()
        };
        target.find(tx).await
    }
}

struct Leave {
    target: Target,
    principal: Principal,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Leave {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let entry = self.target.find(tx).await?;
        let waited_for = tx.waited_for(&[entry.user]).await?;
        let products = waited_for
            .into_iter()
            .filter(|&(_, change, _)| change == entry.change_key)
            .map(|(_, _, product)| product);
        let leave = WaitlistLeave {
            user: entry.user_id,
            products: products.collect(),
            reason: LeaveReason::Removed,
        };
        tx.leave_waitlist(&[(entry.user, entry.change_key)]).await?;
        let effect = Effect::WaitlistLeft {
            leaves: vec![leave],
        };
        tx.append(self.now, &self.principal, effect).await?;
        Ok(())
    }
}
