use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatkeeper_domain::{
    BatchKey, BatchMode, Change, ChunkState, Decision, Effect, Entitlement, HeldLicense, Holding,
    HoldingIndex, JournalEntry, JournalSequence, LicenseChanges, Member, MemberState, Outcome,
    Planner, PlannerOptions, ProductKey, Purchase, SeatPool, SeatPools, ShortagePolicy, Timestamp,
    User, UserFacts, UserKey, Violation, parse_change,
};
use seatkeeper_engine::BatchTask;

use super::stored_state::StoredState;
use crate::fixture::Fixture;
use crate::ledger::{Operation, SentRequest};

/// Replays the journal from empty. Every decision must be the one that the rules give for the state
/// at that time. No seat may be oversold. The final licenses must be the stored ones.
pub(super) fn check(
    state: &StoredState,
    fixture: &Fixture,
    operations: &[Operation],
    clocks_agree: bool,
    wrong: &mut Vec<String>,
) {
    let mut replica = Replica {
        bought: clocks_agree.then_some(Timestamp::from_micros(0)),
        ..Replica::default()
    };
    let checker = DecisionChecker::new(state, fixture, operations);
    for (entry, number) in state.journal.iter().zip(1..) {
        let mut complain = |what: String| wrong.push(format!("entry {number}: {what}"));
        if entry.sequence != JournalSequence(number) {
            complain("the journal has a gap before this entry".to_owned());
        }
        if let Effect::LicensesChanged(changes) = &entry.effect {
            checker.compare(&replica, entry, changes, &mut complain);
        }
        replica.apply(entry, &mut complain);
    }
    let stored = state.licenses.iter();
    let stored: BTreeMap<_, _> = stored
        .map(|license| ((license.user, license.held.product), license.held.clone()))
        .collect();
    if stored != replica.licenses {
        wrong.push("the stored licenses differ from those of the journal".to_owned());
    }
    for entitlement in &state.entitlements {
        let product = entitlement.product;
        if entitlement.assigned != replica.assigned(product) {
            wrong.push(format!(
                "{product:?}: the assigned seats differ from the licenses"
            ));
        }
        if entitlement.waitlisted != replica.waitlisted(product) {
            wrong.push(format!(
                "{product:?}: the waitlist differs from that of the journal"
            ));
        }
        check_queue(state, &replica, entitlement, wrong);
        if entitlement.reserved != 0 {
            wrong.push(format!("{product:?}: seats are reserved for no batch"));
        }
    }
}

/// No user waits while a seat is free. A seat that an earlier user waits for is not free, even
/// while that user also waits for a seat of another product.
fn check_queue(
    state: &StoredState,
    replica: &Replica,
    entitlement: &Entitlement,
    wrong: &mut Vec<String>,
) {
    let product = entitlement.product;
    let usable = replica.usable(product, END_OF_TIME);
    let free = usable - entitlement.assigned - entitlement.reserved;
    let overlooked = state.waitlist.iter().find(|waiting| {
        waiting.product == product && waiting.position <= free && waiting.waiting.seats == [product]
    });
    if let Some(waiting) = overlooked {
        let user = &waiting.user_id;
        wrong.push(format!(
            "{product:?}: {free} seats are free, and {user} waits"
        ));
    }
}

/// A time after the start of all purchases.
const END_OF_TIME: Timestamp = Timestamp::from_micros(i64::MAX / 2);

/// A customer's state as replayed from the journal.
#[derive(Default)]
struct Replica {
    users: BTreeMap<UserKey, User>,
    licenses: BTreeMap<(UserKey, ProductKey), HeldLicense>,
    purchases: BTreeMap<ProductKey, Vec<Purchase>>,
    cancelled: BTreeSet<BatchKey>,
    waiting: BTreeSet<(UserKey, ProductKey)>,
    /// The latest start of the purchases so far; known only where all clocks agree.
    bought: Option<Timestamp>,
}

impl Replica {
    fn apply(&mut self, entry: &JournalEntry, complain: &mut impl FnMut(String)) {
        match &entry.effect {
            Effect::LicensesChanged(changes) => {
                if self.goes_on_cancelled(changes) {
                    complain("a cancelled batch continues".to_owned());
                }
                self.apply_changes(changes);
                self.check_seats(self.moment(entry), changes, complain);
            }
            Effect::PurchaseChanged { product, purchase } => {
                if let Some(bought) = &mut self.bought {
                    *bought = purchase.start_time.max(*bought);
                }
                let purchases = self.purchases.entry(*product).or_default();
                purchases.retain(|known| known.id != purchase.id);
                if purchase.seats > 0 {
                    purchases.push(purchase.clone());
                }
            }
            Effect::UsersChanged { users } => {
                self.users
                    .extend(users.iter().map(|user| (user.key, user.clone())));
            }
            Effect::UserDeleted { user } => self.users.retain(|_, known| known.id != *user),
            Effect::WaitlistLeft { leaves } => {
                for leave in leaves {
                    let users = &self.users;
                    self.waiting.retain(|(user, product)| {
                        let gone = users.get(user).is_none_or(|user| user.id == leave.user);
                        !(gone && leave.products.contains(product))
                    });
                }
            }
            Effect::BatchCancelled { batch } => {
                self.cancelled.insert(*batch);
            }
            Effect::BatchAccepted { .. }
            | Effect::BatchEnded { .. }
            | Effect::CustomerChanged(_)
            | Effect::WaitlistPrioritized { .. } => {}
        }
    }

    /// When an entry was decided. Where clocks agree, this is not before the earlier purchases
    /// start.
    fn moment(&self, entry: &JournalEntry) -> Timestamp {
        self.bought
            .map_or(entry.time, |bought| bought.max(entry.time))
    }

    fn goes_on_cancelled(&self, changes: &LicenseChanges) -> bool {
        let cancelled = changes
            .span
            .is_some_and(|span| self.cancelled.contains(&span.batch));
        let decided = changes
            .plan
            .decisions
            .iter()
            .flat_map(|decision| &decision.products);
        cancelled
            && decided
                .into_iter()
                .any(|one| one.violations != [Violation::Cancelled])
    }

    fn apply_changes(&mut self, changes: &LicenseChanges) {
        for result in changes.results() {
            let Some(user) = result.member.user else {
                continue;
            };
            for decided in &result.decision.products {
                let key = (user, decided.product);
                match decided.outcome {
                    // A held product that the change would revoke does not join a queue.
                    Outcome::Waitlisted if decided.before.is_none() => {
                        self.waiting.insert(key);
                    }
                    Outcome::Assigned => {
                        self.waiting.remove(&key);
                    }
                    _ => {}
                }
                match (decided.outcome, &decided.after) {
                    (Outcome::Assigned | Outcome::Updated, Some(disabled_plans)) => {
                        let held = HeldLicense {
                            product: decided.product,
                            disabled_plans: disabled_plans.clone(),
                        };
                        self.licenses.insert(key, held);
                    }
                    (Outcome::Revoked, _) => {
                        self.licenses.remove(&key);
                    }
                    _ => {}
                }
            }
        }
    }

    fn check_seats(
        &self,
        time: Timestamp,
        changes: &LicenseChanges,
        complain: &mut impl FnMut(String),
    ) {
        for (product, delta) in changes.plan.seat_deltas() {
            let (held, usable) = (self.assigned(product), self.usable(product, time));
            if delta > 0 && held > usable {
                complain(format!("{product:?} is oversold: {held} seats of {usable}"));
            }
        }
    }

    fn assigned(&self, product: ProductKey) -> i64 {
        let held = self.licenses.keys().filter(|(_, held)| *held == product);
        i64::try_from(held.count()).unwrap()
    }

    fn waitlisted(&self, product: ProductKey) -> i64 {
        let waiting = self.waiting.iter().filter(|(_, wanted)| *wanted == product);
        i64::try_from(waiting.count()).unwrap()
    }

    /// Whether these changes serve waitlisted users.
    fn are_served(&self, changes: &LicenseChanges) -> bool {
        changes.span.is_none()
            && changes.results().all(|result| {
                let mut decided = result.decision.products.iter();
                decided.any(|one| {
                    let key = result.member.user.map(|user| (user, one.product));
                    one.outcome == Outcome::Assigned
                        && key.is_some_and(|key| self.waiting.contains(&key))
                })
            })
    }

    fn usable(&self, product: ProductKey, time: Timestamp) -> i64 {
        let entitlement = self.entitlement(product);
        let units = entitlement
            .map(|found| found.units_at(time))
            .unwrap_or_default();
        units.active + units.warning
    }

    fn entitlement(&self, product: ProductKey) -> Option<Entitlement> {
        Some(Entitlement {
            product,
            purchases: self.purchases.get(&product)?.clone(),
            assigned: self.assigned(product),
            reserved: 0,
            waitlisted: self.waitlisted(product),
            revision: 0,
            create_time: Timestamp::from_micros(0),
            update_time: Timestamp::from_micros(0),
        })
    }

    fn state(&self, members: &[Member]) -> ChunkState {
        let mut state = ChunkState::default();
        for member in members {
            let user = member.user.and_then(|key| self.users.get(&key));
            let member = user.map_or(MemberState::NotFound, |user| {
                let held = self.licenses.range((user.key, ProductKey(0))..);
                let held = held.take_while(|((owner, _), _)| *owner == user.key);
                let index = u32::try_from(state.holdings.len()).unwrap();
                state.holdings.push(Holding {
                    licenses: held.map(|(_, held)| held.clone()).collect(),
                });
                MemberState::Found {
                    facts: UserFacts {
                        state: user.state,
                        usage_location: user.usage_location,
                    },
                    holding: HoldingIndex(index),
                }
            });
            state.members.push(member);
        }
        state
    }
}

/// Decides a journaled decision again.
struct DecisionChecker<'a> {
    state: &'a StoredState,
    fixture: &'a Fixture,
    operations: &'a [Operation],
    /// Whether seats may be reserved; the journal does not record reservations.
    reserved: bool,
}

impl<'a> DecisionChecker<'a> {
    fn new(state: &'a StoredState, fixture: &'a Fixture, operations: &'a [Operation]) -> Self {
        let mut batches = state.batches.iter();
        Self {
            state,
            fixture,
            operations,
            reserved: batches.any(|batch| batch.spec.shortage == ShortagePolicy::RequireAll),
        }
    }

    fn compare(
        &self,
        replica: &Replica,
        entry: &JournalEntry,
        changes: &LicenseChanges,
        complain: &mut impl FnMut(String),
    ) {
        let own = |operation: &&Operation| operation.principal == entry.principal.as_str();
        if self
            .operations
            .iter()
            .find(own)
            .is_some_and(Operation::may_wait)
            && replica.are_served(changes)
        {
            return;
        }
        let Some((change, mode, shortage)) = self.requested_change(entry, changes) else {
            return complain("no operation requested it".to_owned());
        };
        let buys = shortage == ShortagePolicy::BuyMore;
        let pools = change.products().map(|product| {
            let found = replica.entitlement(product);
            let now = replica.moment(entry);
            match found {
                None => SeatPool::not_entitled(product),
                // Seats bought for these users are theirs, even if other users wait.
                Some(found) if buys => found.queue_pool_at(now),
                Some(found) => found.pool_at(now, 0),
            }
        });
        // A refused all-or-nothing batch reports users who would lack a seat if the users before
        // them had got theirs. A batch that buys seats lacks none.
        let seats_known = buys || !self.reserved && mode != BatchMode::AllOrNothing;
        let mut pools = if buys {
            SeatPools::buying(pools.map(|pool| (pool, true)).collect())
        } else if seats_known {
            SeatPools::new(pools.collect())
        } else {
            SeatPools::unlimited(pools.collect())
        };
        let options = PlannerOptions {
            mode,
            report_licenses: false,
            waits_for_seats: shortage == ShortagePolicy::Waitlist,
        };
        let mut planner = Planner::new(Arc::clone(&self.fixture.catalog), change, options);
        let plan = planner.plan(&replica.state(&changes.members), &mut pools);
        if pools.bought().next().is_some() && !changes.plan.seat_deltas().is_empty() {
            complain("seats were assigned that had not been bought".to_owned());
        }
        for (result, index) in changes.results().zip(plan.members) {
            let expected = &plan.decisions[index as usize];
            if !agree(result.decision, expected, seats_known) {
                complain(format!(
                    "{}: decided {:?}, but the rules give {:?}",
                    result.member.user_id, result.decision.products, expected.products
                ));
            }
        }
    }

    fn requested_change(
        &self,
        entry: &JournalEntry,
        changes: &LicenseChanges,
    ) -> Option<(Change, BatchMode, ShortagePolicy)> {
        if let Some(span) = changes.span {
            let mut batches = self.state.batches.iter();
            let batch = batches.find(|batch| batch.key == span.batch)?;
            let spec = &batch.spec;
            let BatchTask::Change(change) = &spec.task else {
                return None;
            };
            return Some((change.clone(), spec.mode, spec.shortage));
        }
        let mut operations = self.operations.iter();
        let operation =
            operations.find(|operation| operation.principal == entry.principal.as_str())?;
        let SentRequest::Update(update) = &operation.request else {
            return None;
        };
        let change = parse_change(&self.fixture.catalog, &update.change).ok()?;
        Some((change, update.mode, update.shortage))
    }
}

/// Whether a decision is as expected. Results that depend on other users, on a cancellation, or on
/// seats that the journal does not record are ignored.
fn agree(decided: &Decision, expected: &Decision, seats_known: bool) -> bool {
    let mut violations = decided
        .products
        .iter()
        .flat_map(|product| &product.violations);
    let depends = violations.any(|violation| match violation {
        Violation::Cancelled | Violation::OtherUserFailed => true,
        Violation::SeatsExhausted { .. } => !seats_known,
        _ => false,
    });
    let waits = decided
        .products
        .iter()
        .any(|product| product.outcome == Outcome::Waitlisted);
    depends
        || (waits && !seats_known)
        || decided
            .products
            .iter()
            .zip(&expected.products)
            .all(|(decided, expected)| {
                (
                    decided.product,
                    decided.outcome,
                    &decided.before,
                    &decided.after,
                ) == (
                    expected.product,
                    expected.outcome,
                    &expected.before,
                    &expected.after,
                ) && decided.violations == expected.violations
            })
}
