use std::ops::Range;

use seatkeeper_domain::{
    BatchState, CompiledCatalog, CustomerId, Effect, ID_LENGTH_MAX, LicenseChanges, Outcome,
    PlanSet, ProductDecision, ProductKey, Purchase, Timestamp, UserId, WaitlistLeave,
};
use seatkeeper_engine::ReadEntry;
use seatkeeper_proto::v1::journal_entry::Effect as ProtoEffect;
use seatkeeper_proto::v1::resources_changed::Kind;
use seatkeeper_proto::v1::{self, JournalView};

use super::catalog::count;
use super::{entitlement, names, product, result, time};
use crate::error::FieldError;
use crate::limits::{JOURNAL_PART_ITEMS, RESPONSE_MESSAGE_BYTES_MAX};

/// Parses the level of detail of the entries.
pub(crate) fn view(field: &str, given: i32) -> Result<JournalView, FieldError> {
    match JournalView::try_from(given) {
        Ok(JournalView::Unspecified) => Ok(JournalView::Full),
        Ok(view) => Ok(view),
        Err(_) => Err(super::policy::unknown_value(field, given)),
    }
}

/// The most bytes of one identifier in a name, with its collection.
const ID_BYTES_MAX: usize = ID_LENGTH_MAX + "/waitlistEntries/".len();

/// The most bytes of the name of a customer's resource.
const RESOURCE_BYTES_MAX: usize = 3 * ID_BYTES_MAX + 8;

/// The most bytes of a changed license without its plans.
const LICENSE_BYTES_MAX: usize = RESOURCE_BYTES_MAX + 16;

/// The most bytes of the name of a plan.
const PLAN_BYTES_MAX: usize = 2 * ID_BYTES_MAX;

/// The item ranges of each part of an entry.
pub(crate) struct Parts(Vec<Range<usize>>);

impl Parts {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// Splits the items of an entry into parts, by number and by the most bytes that they can take.
#[derive(Default)]
struct Cuts {
    parts: Vec<Range<usize>>,
    current: Range<usize>,
    bytes: usize,
}

impl Cuts {
    fn add(&mut self, bytes: usize) {
        let full = self.current.len() >= JOURNAL_PART_ITEMS
            || self.bytes + bytes > RESPONSE_MESSAGE_BYTES_MAX;
        if full && !self.current.is_empty() {
            let end = self.current.end;
            self.parts
                .push(std::mem::replace(&mut self.current, end..end));
            self.bytes = 0;
        }
        self.current.end += 1;
        self.bytes += bytes;
    }

    fn finish(mut self) -> Parts {
        if self.parts.is_empty() || !self.current.is_empty() {
            self.parts.push(self.current);
        }
        Parts(self.parts)
    }
}

/// Encodes entries of a customer's journal; large entries become several parts.
pub(crate) struct EntryEncoder {
    pub(crate) customer: CustomerId,
    pub(crate) view: JournalView,
    /// The time for which the state of purchases is encoded.
    pub(crate) now: Timestamp,
}

impl EntryEncoder {
    /// Splits the items of an entry into parts; an entry has at least one part.
    pub(crate) fn parts(&self, read: &ReadEntry) -> Parts {
        let items = self.items(read);
        let mut cuts = Cuts::default();
        match &read.entry.effect {
            Effect::LicensesChanged(changes) if items > 0 => {
                for (_, decided) in changed(changes) {
                    let plans = [&decided.before, &decided.after].into_iter().flatten();
                    let plans: usize = plans.map(PlanSet::len).sum();
                    cuts.add(LICENSE_BYTES_MAX + plans * PLAN_BYTES_MAX);
                }
            }
            Effect::LicensesChanged(_)
            | Effect::UsersChanged { .. }
            | Effect::UserDeleted { .. }
            | Effect::CustomerChanged(_)
            | Effect::PurchaseChanged { .. }
            | Effect::WaitlistLeft { .. }
            | Effect::WaitlistPrioritized { .. }
            | Effect::BatchAccepted { .. }
            | Effect::BatchCancelled { .. }
            | Effect::BatchEnded { .. } => (0..items).for_each(|_| cuts.add(RESOURCE_BYTES_MAX)),
        }
        cuts.finish()
    }

    /// How many licenses or resources the encoded entry lists.
    fn items(&self, read: &ReadEntry) -> usize {
        if self.view == JournalView::Basic {
            return 0;
        }
        match &read.entry.effect {
            Effect::LicensesChanged(changes) => changed(changes).count(),
            Effect::UsersChanged { users } => users.len(),
            Effect::WaitlistLeft { leaves } => left(leaves).count(),
            Effect::CustomerChanged(_)
            | Effect::UserDeleted { .. }
            | Effect::WaitlistPrioritized { .. } => 1,
            Effect::PurchaseChanged { .. }
            | Effect::BatchAccepted { .. }
            | Effect::BatchCancelled { .. }
            | Effect::BatchEnded { .. } => 0,
        }
    }

    /// Encodes one part of an entry, with the number of licenses or resources in it.
    pub(crate) fn part(
        &self,
        read: &ReadEntry,
        parts: &Parts,
        part: usize,
    ) -> (v1::JournalEntry, usize) {
        let range = parts.0.get(part).cloned().unwrap_or_default();
        let items = range.len();
        let entry = &read.entry;
        let encoded = v1::JournalEntry {
            name: names::journal_entry(&self.customer, entry.sequence.0),
            sequence_number: entry.sequence.0,
            commit_time: Some(time::to_proto(entry.time)),
            principal: entry.principal.as_str().to_owned(),
            part_index: i32::try_from(part).unwrap_or(i32::MAX),
            last_part: part + 1 >= parts.count(),
            effect: self.effect(read, range),
        };
        (encoded, items)
    }

    fn effect(&self, read: &ReadEntry, items: Range<usize>) -> Option<ProtoEffect> {
        Some(match &read.entry.effect {
            Effect::LicensesChanged(changes) => {
                ProtoEffect::LicensesChanged(self.licenses(read, changes, items))
            }
            Effect::PurchaseChanged { product, purchase } => ProtoEffect::PurchaseChanged(
                self.purchase(read.catalog.as_deref()?, *product, purchase),
            ),
            Effect::BatchAccepted { .. } => self.batch(read, v1::batch::State::Pending, false),
            Effect::BatchCancelled { .. } => self.batch(read, v1::batch::State::Running, true),
            Effect::BatchEnded { state, .. } => {
                let cancelled = *state == BatchState::Cancelled;
                let state = if cancelled {
                    v1::batch::State::Cancelled
                } else {
                    v1::batch::State::Succeeded
                };
                self.batch(read, state, cancelled)
            }
            Effect::CustomerChanged(_) => {
                let name = || names::customer(&self.customer);
                resources(Kind::Written, 1, items.map(|_| name()).collect())
            }
            Effect::UsersChanged { users } => {
                let names = users[items].iter().map(|user| self.user(&user.id));
                resources(Kind::Written, count(users.len()), names.collect())
            }
            Effect::UserDeleted { user } => {
                let name = || self.user(user);
                resources(Kind::Deleted, 1, items.map(|_| name()).collect())
            }
            Effect::WaitlistLeft { leaves } => {
                let catalog = read.catalog.as_deref()?;
                let names = left(leaves).skip(items.start).take(items.len());
                let names = names.map(|(user, product)| self.waiting(catalog, user, product));
                resources(Kind::Deleted, count(left(leaves).count()), names.collect())
            }
            Effect::WaitlistPrioritized { user, product, .. } => {
                let catalog = read.catalog.as_deref()?;
                let name = || self.waiting(catalog, user, *product);
                resources(Kind::Written, 1, items.map(|_| name()).collect())
            }
        })
    }

    fn licenses(
        &self,
        read: &ReadEntry,
        changes: &LicenseChanges,
        items: Range<usize>,
    ) -> v1::LicensesChanged {
        let catalog = read.catalog.as_deref();
        let licenses = changed(changes).skip(items.start).take(items.len());
        let licenses =
            licenses.filter_map(|(user, decided)| Some(self.license(catalog?, user, decided)));
        v1::LicensesChanged {
            batch: self.batch_name(read),
            catalog_version: changes.catalog_version.0,
            user_count: count(changes.members.len()),
            changes: licenses.collect(),
        }
    }

    fn license(
        &self,
        catalog: &CompiledCatalog,
        user: &UserId,
        decided: &ProductDecision,
    ) -> v1::LicenseChange {
        let known = product::known(catalog, decided.product);
        let plans = |plans: &Option<PlanSet>| {
            let plans = plans.iter().flat_map(PlanSet::iter);
            product::plan_names(catalog, decided.product, plans)
        };
        let after = match decided.outcome {
            Outcome::Revoked => Vec::new(),
            Outcome::Assigned
            | Outcome::Updated
            | Outcome::Unchanged
            | Outcome::Failed
            | Outcome::Waitlisted => plans(&decided.after),
        };
        v1::LicenseChange {
            license: names::license(&self.user(user), &known.id),
            outcome: result::outcome(decided.outcome).into(),
            previous_disabled_plans: plans(&decided.before),
            disabled_plans: after,
        }
    }

    fn purchase(
        &self,
        catalog: &CompiledCatalog,
        key: ProductKey,
        purchase: &Purchase,
    ) -> v1::PurchaseChanged {
        let product = product::known(catalog, key);
        v1::PurchaseChanged {
            entitlement: names::entitlement(&self.customer, &product.id),
            purchase: Some(entitlement::purchase_to_proto(purchase, self.now)),
        }
    }

    fn batch(
        &self,
        read: &ReadEntry,
        state: v1::batch::State,
        cancel_requested: bool,
    ) -> ProtoEffect {
        ProtoEffect::BatchChanged(v1::BatchChanged {
            batch: self.batch_name(read),
            state: state.into(),
            cancel_requested,
        })
    }

    fn batch_name(&self, read: &ReadEntry) -> String {
        let batch = read.batch.as_ref();
        batch.map_or_else(String::new, |batch| names::batch(&self.customer, batch))
    }

    fn waiting(&self, catalog: &CompiledCatalog, user: &UserId, product: ProductKey) -> String {
        names::waitlist_entry(&self.customer, &product::known(catalog, product).id, user)
    }

    fn user(&self, user: &UserId) -> String {
        names::user(&self.customer, user)
    }
}

/// The changed licenses, in order of processing.
fn changed(changes: &LicenseChanges) -> impl Iterator<Item = (&UserId, &ProductDecision)> {
    changes.results().flat_map(|result| {
        let products = result.decision.products.iter();
        products
            .filter(|decided| decided.outcome.is_change())
            .map(move |decided| (&result.member.user_id, decided))
    })
}

/// The users who left a queue, each with the queue's product.
fn left(leaves: &[WaitlistLeave]) -> impl Iterator<Item = (&UserId, ProductKey)> {
    leaves.iter().flat_map(|leave| {
        let products = leave.products.iter();
        products.map(move |&product| (&leave.user, product))
    })
}

fn resources(kind: Kind, resource_count: i64, resources: Vec<String>) -> ProtoEffect {
    ProtoEffect::ResourcesChanged(v1::ResourcesChanged {
        kind: kind.into(),
        resource_count,
        resources,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(items: usize, bytes: usize) -> Vec<usize> {
        let mut cuts = Cuts::default();
        (0..items).for_each(|_| cuts.add(bytes));
        cuts.finish().0.iter().map(Range::len).collect()
    }

    #[test]
    fn an_entry_without_items_has_one_part() {
        assert_eq!(cut(0, 0), [0]);
    }

    #[test]
    fn parts_end_by_number() {
        assert_eq!(cut(JOURNAL_PART_ITEMS, 1), [JOURNAL_PART_ITEMS]);
        assert_eq!(cut(JOURNAL_PART_ITEMS + 1, 1), [JOURNAL_PART_ITEMS, 1]);
    }

    #[test]
    fn parts_end_by_bytes() {
        assert_eq!(cut(5, RESPONSE_MESSAGE_BYTES_MAX / 2), [2, 2, 1]);
        assert_eq!(cut(2, RESPONSE_MESSAGE_BYTES_MAX + 1), [1, 1]);
    }
}
