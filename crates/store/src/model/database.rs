use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatkeeper_domain::{
    BatchKey, Catalog, CatalogVersion, Customer, CustomerId, CustomerKey, ProductKey, SelectionId,
    Timestamp,
};
use tokio::sync::Mutex;

use super::customer::{CustomerState, is_old};
use crate::{
    EndedBatch, NewCatalog, NewCustomer, NewTokenKey, StoreError, StoreResult, TOKEN_KEYS_KEPT,
    TokenKey,
};

/// The committed state.
#[derive(Debug, Default)]
pub(super) struct Database {
    pub(super) catalogs: BTreeMap<CatalogVersion, Catalog>,
    /// Newest first.
    pub(super) token_keys: Vec<TokenKey>,
    pub(super) customers: BTreeMap<CustomerKey, CustomerState>,
    last_customer: i64,
    locks: BTreeMap<CustomerKey, Arc<Mutex<()>>>,
}

impl Database {
    pub(super) fn save_catalog(&mut self, catalog: NewCatalog) -> StoreResult<CatalogVersion> {
        let latest = self.latest_catalog_version();
        if catalog.previous != latest {
            return Err(StoreError::AlreadyExists {
                what: "catalog version",
            });
        }
        let version = CatalogVersion(latest.map_or(1, |version| version.0 + 1));
        self.catalogs.insert(version, catalog.catalog);
        Ok(version)
    }

    pub(super) fn latest_catalog_version(&self) -> Option<CatalogVersion> {
        self.catalogs.keys().next_back().copied()
    }

    pub(super) fn add_token_key(&mut self, new: NewTokenKey) -> Vec<TokenKey> {
        let newest = self.token_keys.first().map(|newest| newest.id);
        if newest.is_none() || newest == new.previous {
            self.token_keys.insert(0, new.into_key());
            self.token_keys.truncate(TOKEN_KEYS_KEPT);
        }
        self.token_keys.clone()
    }

    pub(super) fn create_customer(&mut self, customer: NewCustomer) -> StoreResult<Customer> {
        if self.customer(&customer.id).is_some() {
            return Err(StoreError::AlreadyExists { what: "customer" });
        }
        self.last_customer += 1;
        let key = CustomerKey(self.last_customer);
        let state = CustomerState::create(key, customer);
        let created = state.customer.clone();
        self.customers.insert(key, state);
        self.locks.insert(key, Arc::default());
        Ok(created)
    }

    pub(super) fn customer(&self, id: &CustomerId) -> Option<&Customer> {
        self.customers().find(|customer| customer.id == *id)
    }

    pub(super) fn list_customers(&self, after: Option<&CustomerId>, limit: usize) -> Vec<Customer> {
        let mut customers: Vec<_> = self
            .customers()
            .filter(|customer| after.is_none_or(|after| customer.id > *after))
            .cloned()
            .collect();
        customers.sort_by(|a, b| a.id.cmp(&b.id));
        customers.truncate(limit);
        customers
    }

    fn customers(&self) -> impl Iterator<Item = &Customer> {
        self.customers.values().map(|state| &state.customer)
    }

    pub(super) fn claimable_batches(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, BatchKey)>,
        limit: usize,
    ) -> Vec<(CustomerKey, BatchKey)> {
        self.customers
            .iter()
            .flat_map(|(&customer, state)| {
                let batches = state.data.batches.claimable(now);
                batches.map(move |batch| (customer, batch))
            })
            .filter(|&found| after.is_none_or(|after| found > after))
            .take(limit)
            .collect()
    }

    pub(super) fn ended_batches(
        &self,
        until: Timestamp,
        after: Option<EndedBatch>,
        limit: usize,
    ) -> Vec<EndedBatch> {
        let customers = self.customers.iter();
        let mut ended: Vec<_> = customers
            .flat_map(|(&customer, state)| {
                let ended = state.data.batches.ended(until);
                ended.map(move |(end_time, batch)| EndedBatch {
                    end_time,
                    customer,
                    batch,
                })
            })
            .filter(|&found| after.is_none_or(|after| found > after))
            .collect();
        ended.sort();
        ended.truncate(limit);
        ended
    }

    pub(super) fn customers_with_old_idempotency_records(
        &self,
        until: Timestamp,

        limit: usize,
    ) -> Vec<CustomerKey> {
        let customers = self.customers.iter();
        let mut old: Vec<_> = customers
            .flat_map(|(&customer, state)| {
                let idempotency_records = state.data.idempotency_records.values();
                let old = idempotency_records.filter(|request| is_old(request, until));
                old.map(move |request| (request.create_time, customer))
            })
            .collect();
        old.sort();
        old.truncate(limit);
        let customers: BTreeSet<_> = old.into_iter().map(|(_, customer)| customer).collect();
        customers.into_iter().collect()
    }

    pub(super) fn old_journals(
        &self,
        until: Timestamp,
        after: Option<(Timestamp, CustomerKey)>,
        limit: usize,
    ) -> Vec<(Timestamp, CustomerKey)> {
        let customers = self.customers.iter();
        let mut old: Vec<_> = customers
            .filter_map(|(&customer, state)| {
                let begin = state.data.journal.begin_time()?;
                Some((begin, customer))
            })
            .filter(|&found| found.0 <= until && after.is_none_or(|after| found > after))
            .collect();
        old.sort();
        old.truncate(limit);
        old
    }

    pub(super) fn due_waitlists(
        &self,
        now: Timestamp,
        after: Option<(CustomerKey, ProductKey)>,
        limit: usize,
    ) -> Vec<(CustomerKey, ProductKey)> {
        self.customers
            .iter()
            .flat_map(|(&customer, state)| {
                let due = state.data.waitlist.due.iter();
                due.filter(|&(_, &due)| due <= now)
                    .map(move |(&product, _)| (customer, product))
            })
            .filter(|&found| after.is_none_or(|after| found > after))
            .take(limit)
            .collect()
    }

    pub(super) fn expired_selections(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Vec<(CustomerKey, SelectionId)> {
        let customers = self.customers.iter();
        let mut expired: Vec<_> = customers
            .flat_map(|(&customer, state)| {
                let selections = state.data.selections.expired(now);
                selections.map(move |selection| (customer, selection))
            })
            .collect();
        expired.sort_by_key(|(_, selection)| selection.expire_time);
        let expired = expired.into_iter().take(limit);
        expired
            .map(|(customer, selection)| (customer, selection.id.clone()))
            .collect()
    }

    /// The lock of a customer; `None` when the customer does not exist.
    pub(super) fn lock_of(&self, customer: CustomerKey) -> Option<Arc<Mutex<()>>> {
        self.locks.get(&customer).cloned()
    }

    /// Replaces a customer's state; `None` deletes the customer.
    pub(super) fn replace(&mut self, customer: CustomerKey, state: Option<CustomerState>) {
        match state {
            Some(state) => {
                self.customers.insert(customer, state);
            }
            None => {
                self.customers.remove(&customer);
                self.locks.remove(&customer);
            }
        }
    }
}
