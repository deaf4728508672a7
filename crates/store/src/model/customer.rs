use std::collections::BTreeMap;

use seatkeeper_domain::{
    BatchKey, Customer, CustomerKey, Effect, JournalEntry, LicenseChanges, Principal, ProductKey,
    RequestId, Timestamp, User, UserFilter, UserKey, UserSet, WaitlistEntry,
};

use super::batches::Batches;
use super::directory::Directory;
use super::error::corrupt;
use super::journal::Journal;
use super::licenses::Licenses;
use super::page;
use super::seats::Seats;
use super::selections::Selections;
use super::waitlist::Waitlist;
use crate::{
    IdempotencyRecord, IdempotencyTarget, LicenseCounts, NewCustomer, SelectQuery, StoreError,
    StoreResult, UserCursor, UserKeysPage, UserPageQuery, WaitlistQuery,
};

/// One customer, with all its data.
#[derive(Debug, Clone)]
pub(super) struct CustomerState {
    pub(super) customer: Customer,
    pub(super) data: CustomerData,
}

/// All data of a customer.
#[derive(Debug, Clone, Default)]
pub(super) struct CustomerData {
    pub(super) directory: Directory,
    pub(super) seats: Seats,
    pub(super) licenses: Licenses,
    pub(super) batches: Batches,
    pub(super) waitlist: Waitlist,
    pub(super) selections: Selections,
    pub(super) idempotency_records: BTreeMap<RequestId, IdempotencyRecord>,
    pub(super) journal: Journal,
}

/// Whether a request led to an entry and was first used at `until` or earlier.
pub(super) fn is_old(request: &IdempotencyRecord, until: Timestamp) -> bool {
    matches!(request.target, IdempotencyTarget::Entry(_)) && request.create_time <= until
}

impl CustomerState {
    pub(super) fn create(key: CustomerKey, new: NewCustomer) -> Self {
        let customer = Customer {
            key,
            id: new.id,
            display_name: new.display_name,
            user_count: 0,
            revision: 1,
            create_time: new.time,
            update_time: new.time,
        };
        let mut data = CustomerData::default();
        let effect = Effect::CustomerChanged(customer.clone());
        data.journal.append(new.time, &new.principal, effect);
        Self { customer, data }
    }
}

impl CustomerData {
    /// The users that match, in directory order.
    pub(super) fn matching<'a>(
        &'a self,
        filter: Option<&'a UserFilter>,
    ) -> impl Iterator<Item = &'a User> {
        self.directory.iter().filter(move |user| {
            let holds = |product| self.licenses.holds(user.key, product);
            let holds_any = self.licenses.of_user(user.key).next().is_some();
            filter.is_none_or(|filter| filter.matches(user, holds, holds_any))
        })
    }

    pub(super) fn count_users(&self, filter: Option<&UserFilter>) -> i64 {
        super::count(self.matching(filter).count())
    }

    pub(super) fn select_users(&self, query: &SelectQuery) -> Vec<UserKey> {
        self.matching(query.filter.as_ref())
            .map(|user| user.key)
            .filter(|&key| key > query.after && key <= query.up_to)
            .take(query.limit)
            .collect()
    }

    pub(super) fn list_users(&self, query: &UserPageQuery) -> Vec<User> {
        page::of_users(self.matching(query.filter.as_ref()), query)
    }

    pub(super) fn list_users_of(&self, users: &[UserKey], query: &UserPageQuery) -> Vec<User> {
        let matching = self.matching(query.filter.as_ref());
        page::of_users(matching.filter(|user| users.contains(&user.key)), query)
    }

    pub(super) fn list_user_keys(&self, query: &UserPageQuery) -> UserKeysPage {
        let mut users = self.list_users(query);
        if query.start.is_backward() {
            users.reverse();
        }
        UserKeysPage {
            end: users.last().map(|last| UserCursor::of(last, query.order)),
            users: users.iter().map(|user| user.key).collect(),
        }
    }

    pub(super) fn count_licenses(
        &self,
        products: &[ProductKey],
        users: Option<&UserSet>,
    ) -> LicenseCounts {
        LicenseCounts {
            customer_users: self.directory.len(),
            entitlements: self.seats.entitlements(Some(products)),
            holders: self.licenses.count_holders(products, users),
        }
    }

    pub(super) fn delete_user(&mut self, user: UserKey) -> StoreResult<()> {
        if self.licenses.of_user(user).next().is_some() {
            return Err(corrupt(
                "users",
                user,
                "a user who holds licenses can't be deleted",
            ));
        }
        self.directory.delete(user)?;
        self.selections.remove_user(user);
        Ok(())
    }

    pub(super) fn page_of_waitlist(&self, query: &WaitlistQuery) -> Vec<WaitlistEntry> {
        self.waitlist.page(query, &self.directory, &self.batches)
    }

    /// Sets the number of waitlisted users of each entitlement.
    pub(super) fn count_waiting(&mut self) {
        let waitlist = &self.waitlist;
        self.seats
            .count_waiting(|product| waitlist.count(Some(product), None));
    }

    pub(super) fn record_licenses(
        &mut self,
        time: Timestamp,
        principal: &Principal,
        changes: LicenseChanges,
    ) -> StoreResult<JournalEntry> {
        for result in changes.results() {
            for product in &result.decision.products {
                let journaled = self.journal.next();
                self.licenses
                    .apply(result.member, product, journaled, time)?;
            }
        }
        self.seats.assign(&changes.plan.seat_deltas())?;
        let effect = Effect::LicensesChanged(changes);
        Ok(self.journal.append(time, principal, effect))
    }

    pub(super) fn set_reservations(
        &mut self,
        batch: BatchKey,
        seats: &[(ProductKey, i64)],
    ) -> StoreResult<()> {
        let keeps_some = seats.iter().any(|&(_, seats)| seats != 0);
        if keeps_some && self.batches.get(batch).is_none() {
            return Err(corrupt("batches", batch, "the batch does not exist"));
        }
        self.seats.reserve(batch, seats)
    }

    pub(super) fn insert_idempotency_record(
        &mut self,
        record: &IdempotencyRecord,
    ) -> StoreResult<()> {
        if self.idempotency_records.contains_key(&record.id) {
            return Err(StoreError::AlreadyExists { what: "request" });
        }
        self.idempotency_records
            .insert(record.id.clone(), record.clone());
        Ok(())
    }
}
