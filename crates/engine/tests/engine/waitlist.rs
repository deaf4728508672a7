use std::time::Duration;

use seatkeeper_domain::{
    BatchMode, Effect, JournalEntry, JournalSequence, LeaveReason, Outcome, Principal, ProductId,
    ServicePlanId, ShortagePolicy, Timestamp, UserId, UserState, Violation, ViolationType,
};
use seatkeeper_engine::{
    BatchRequest, Clock as _, DeleteUser, DryRunEvent, EngineError, LeaveWaitlist, ListLicenses,
    ListWaitlist, PrioritizeWaiting, PurchaseSeats, Selector, SystemClock, UpdateUser,
    UpdateUserLicenses, UserPatch,
};
use seatkeeper_store::NewCatalog;

use crate::fixture::{CHUNK, Fixture, change, outcomes, users};
use crate::stores::on_every_store;

const TIMEOUT: Duration = Duration::from_mins(1);

on_every_store! {
    async fn users_without_a_seat_are_waitlisted_in_order(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        let (results, batch) = fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let expected = [
            ("u1", Outcome::Assigned),
            ("u2", Outcome::Waitlisted),
            ("u3", Outcome::Waitlisted),
        ];
        assert_eq!(outcomes(&results), expected);
        assert_eq!((batch.counts.waitlisted, batch.counts.users_succeeded), (2, 3));
        assert_eq!(queue(&fixture, "suite").await, ["u2", "u3"]);
        assert_eq!(fixture.entitlement("suite").await.entitlement.waitlisted, 2);
        let page = fixture.engine.list_waitlist(list(&fixture, None)).await.unwrap().page;
        assert_eq!(page.items[0].batch.as_ref().unwrap().1, batch.id);
        assert_eq!(page.total, 2);
    }

    async fn seats_that_are_bought_go_to_the_first_at_once(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let bought = fixture.buy("suite", 1).await;
        assert_eq!((bought.entitlement.assigned, bought.available()), (2, 0));
        assert_eq!(bought.entitlement.waitlisted, 1);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
        assert_eq!(queue(&fixture, "suite").await, ["u3"]);
    }

    async fn a_seat_that_is_freed_goes_to_the_first_at_once(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let (results, _) = fixture.run(fixture.request(&[], &["suite"]), users(&["u1"])).await;
        assert_eq!(outcomes(&results), [("u1", Outcome::Revoked)]);
        assert_eq!(fixture.holdings().await, ["u2:suite"]);
        fixture.engine.delete_user(deletion(&fixture, "u2")).await.unwrap();
        assert_eq!(fixture.holdings().await, ["u3:suite"]);
    }

    async fn a_fulfilled_user_is_journaled_under_the_actor_of_the_request(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("lite", 1).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", users(&["u1"])).await;
        fixture.add(vec![("late", "CH", UserState::Active)]).await;
        let mut request = waiting(&fixture, &["suite"], &[]);
        request.principal = Principal::new("ann");
        fixture.run(request, users(&["late"])).await;
        fixture.run(fixture.request(&[], &["suite"]), users(&["u1"])).await;
        let last = journal(&fixture).await.pop().unwrap();
        assert_eq!(last.principal, Principal::new("ann"));
        let Effect::LicensesChanged(changes) = last.effect else {
            panic!("{last:?}");
        };
        assert_eq!(changes.span, None);
        let served: Vec<&str> =
            changes.members.iter().map(|member| member.user_id.as_str()).collect();
        assert_eq!(served, ["late"]);
    }

    async fn a_waitlisted_swap_leaves_no_user_without_both(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("lite", 1).await;
        fixture.buy("suite", 1).await;
        fixture.assign("lite", Selector::All).await;
        fixture.add(vec![("late", "CH", UserState::Active)]).await;
        fixture.assign("suite", users(&["late"])).await;
        let swap = waiting(&fixture, &["suite"], &["lite"]);
        let (results, _) = fixture.run(swap, users(&["u1"])).await;
        let products: Vec<Outcome> = results[0].products.iter().map(|product| product.1).collect();
        assert_eq!(products, [Outcome::Waitlisted, Outcome::Waitlisted]);
        assert_eq!(fixture.holdings().await, ["u1:lite", "late:suite"]);
        fixture.buy("suite", 1).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "late:suite"]);
        assert_eq!(fixture.entitlement("lite").await.available(), 1);
    }

    async fn a_seat_freed_by_a_swap_that_is_served_serves_the_next_queue(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.buy("lite", 1).await;
        fixture.assign("suite", users(&["u1"])).await;
        fixture.assign("lite", users(&["u2"])).await;
        fixture.run(waiting(&fixture, &["suite"], &["lite"]), users(&["u2"])).await;
        fixture.run(waiting(&fixture, &["lite"], &[]), users(&["u3"])).await;
        fixture.run(fixture.request(&[], &["suite"]), users(&["u1"])).await;
        assert_eq!(fixture.holdings().await, ["u2:suite", "u3:lite"]);
    }

    async fn a_change_waits_for_all_its_seats_and_keeps_the_ones_there_are(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.buy("addon", 1).await;
        fixture.run(fixture.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        fixture.run(waiting(&fixture, &["suite", "addon"], &[]), users(&["u2"])).await;
        fixture.buy("suite", 1).await;
        assert_eq!(queue(&fixture, "suite").await, ["u2"]);
        assert_eq!(queue(&fixture, "addon").await, ["u2"]);
        fixture.add(vec![("late", "CH", UserState::Active)]).await;
        let (results, _) = fixture.assign("suite", users(&["late"])).await;
        assert_eq!(results[0].products[0].2, [ViolationType::SeatsExhausted]);
        fixture.buy("addon", 1).await;
        assert_eq!(
            fixture.holdings().await,
            ["u1:suite", "u1:addon", "u2:suite", "u2:addon"]
        );
    }

    async fn one_who_waits_for_another_product_does_not_hold_up_the_rest(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.buy("addon", 1).await;
        fixture.run(fixture.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        fixture.run(waiting(&fixture, &["suite", "addon"], &[]), users(&["u2"])).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), users(&["u3"])).await;
        fixture.buy("suite", 2).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u1:addon", "u3:suite"]);
        assert_eq!(queue(&fixture, "suite").await, ["u2"]);
    }

    async fn per_license_a_product_waits_by_itself(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        fixture.buy("addon", 1).await;
        fixture.add(vec![("late", "CH", UserState::Active)]).await;
        fixture.run(fixture.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        fixture.buy("suite", 1).await;
        let mut request = waiting(&fixture, &["suite", "addon"], &[]);
        request.mode = BatchMode::PerLicense;
        fixture.run(request, users(&["late"])).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u1:addon", "late:suite"]);
        assert_eq!(queue(&fixture, "addon").await, ["late"]);
        fixture.buy("addon", 1).await;
        assert_eq!(fixture.holdings().await.last().unwrap(), "late:addon");
    }

    async fn a_waitlisted_user_keeps_the_position_and_the_newer_change_waits(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.buy("lite", 2).await;
        fixture.assign("lite", users(&["u2"])).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), users(&["u1", "u3", "u2"])).await;
        let swap = waiting(&fixture, &["suite"], &["lite"]);
        let (results, _) = fixture.run(swap, users(&["u2", "u3"])).await;
        assert!(results.iter().all(|result| result.products[0].1 == Outcome::Waitlisted));
        assert_eq!(queue(&fixture, "suite").await, ["u3", "u2"]);
        fixture.buy("suite", 2).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite", "u3:suite"]);
    }

    async fn a_user_who_gets_a_product_otherwise_keeps_waiting_for_the_rest(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.buy("addon", 1).await;
        fixture.run(fixture.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        fixture.run(waiting(&fixture, &["suite", "addon"], &[]), users(&["u2"])).await;
        // One of the two seats is held for the waitlisted user, the other is free.
        fixture.buy("suite", 2).await;
        let (results, _) = fixture.assign("suite", users(&["u2"])).await;
        assert_eq!(outcomes(&results), [("u2", Outcome::Assigned)]);
        assert_eq!(queue(&fixture, "suite").await, [""; 0]);
        assert_eq!(queue(&fixture, "addon").await, ["u2"]);
        fixture.buy("addon", 1).await;
        assert_eq!(fixture.holdings().await.last().unwrap(), "u2:addon");
    }

    async fn a_newer_decision_is_not_undone(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.buy("addon", 1).await;
        fixture.run(fixture.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        fixture.run(waiting(&fixture, &["suite", "addon"], &[]), users(&["u2"])).await;
        fixture.buy("suite", 2).await;
        let mut without_mail = fixture.request(&["suite"], &[]);
        without_mail.change.assign[0].disabled_plans =
            vec![ServicePlanId::parse("mail").unwrap()];
        fixture.run(without_mail, users(&["u2"])).await;
        fixture.buy("addon", 1).await;
        let page = fixture.engine.list_licenses(licenses_of(&fixture, "u2")).await.unwrap();
        let plans_off: Vec<usize> =
            page.licenses.iter().map(|license| license.held.disabled_plans.len()).collect();
        assert_eq!(plans_off, [1, 0]);
    }

    async fn seats_kept_for_many_stay_kept_however_many_transactions_it_takes(fixture: Fixture) {
        let count = 2 * CHUNK + 1;
        fixture.add_users(count + 3).await;
        fixture.buy("addon", 1).await;
        fixture.buy("suite", 1).await;
        let selected: Vec<String> = (1..=count).map(|number| format!("u{number}")).collect();
        let selected: Vec<&str> = selected.iter().map(String::as_str).collect();
        fixture.run(waiting(&fixture, &["suite", "addon"], &[]), users(&selected)).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), users(&["u10", "u11", "u12"])).await;
        // One user gets both products. All other users of the first batch hold one seat each. One
        // seat is left.
        fixture.buy("suite", i64::try_from(count).unwrap()).await;
        wait_until_served(&fixture, "suite", count + 1).await;
        let held = fixture.holdings().await;
        assert_eq!(held, ["u1:suite", "u1:addon", "u10:suite"]);
    }

    async fn a_dry_run_reports_waitlisted_users_and_waitlists_none(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        let request = waiting(&fixture, &["suite"], &[]);
        let mut dry_run = fixture.engine.dry_run_batch(request, Selector::All).await.unwrap();
        let mut waitlisted = 0;
        while let Some(event) = dry_run.next().await.unwrap() {
            if let DryRunEvent::Finished { counts, .. } = event {
                waitlisted = counts.waitlisted;
            }
        }
        assert_eq!(waitlisted, 1);
        assert_eq!(queue(&fixture, "suite").await, [""; 0]);
    }

    async fn all_or_nothing_cannot_wait(fixture: Fixture) {
        fixture.add_users(1).await;
        let mut request = waiting(&fixture, &["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let refused = fixture.start(request, Selector::All).await.unwrap_err();
        let EngineError::Invalid(invalid) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(invalid[0].field, "shortage_policy");
    }

    async fn a_single_call_may_let_the_user_wait(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", users(&["u1"])).await;
        let update = UpdateUserLicenses {
            customer: fixture.customer.clone(),
            user: user("u2"),
            change: change(&["suite"], &[]),
            mode: BatchMode::PerUser,
            shortage: ShortagePolicy::Waitlist,
            revision: None,
            report_licenses: false,
            request_id: None,
            validate_only: false,
            principal: Principal::local(),
        };
        let updated = fixture.engine.update_user_licenses(update).await.unwrap();
        let decided = &updated.changes.plan.decisions[0].products[0];
        assert_eq!(decided.outcome, Outcome::Waitlisted);
        let page = fixture.engine.list_waitlist(list(&fixture, Some("suite"))).await.unwrap().page;
        assert_eq!((page.items[0].user_id.as_str(), &page.items[0].batch), ("u2", &None));
    }

    async fn a_higher_priority_is_served_first(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let moved = fixture.engine.prioritize_waiting(priority(&fixture, "u3", 7)).await.unwrap();
        assert_eq!((moved.entry.position, moved.entry.sort_key.priority()), (1, 7));
        assert_eq!(queue(&fixture, "suite").await, ["u3", "u2"]);
        let last = journal(&fixture).await.pop().unwrap().effect;
        assert!(matches!(last, Effect::WaitlistPrioritized { priority: 7, .. }), "{last:?}");
        fixture.buy("suite", 1).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn priorities_have_bounds_and_revisions_are_checked(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let refused = fixture.engine.prioritize_waiting(priority(&fixture, "u2", 1_001)).await;
        assert!(matches!(refused, Err(EngineError::Invalid(_))), "{refused:?}");
        let mut outdated = priority(&fixture, "u2", 1);
        outdated.revision = Some(9);
        let refused = fixture.engine.prioritize_waiting(outdated).await;
        assert!(matches!(refused, Err(EngineError::EtagMismatch(_))), "{refused:?}");
        let refused = fixture.engine.prioritize_waiting(priority(&fixture, "u1", 1)).await;
        let Err(EngineError::NotFound(missing)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            missing.name,
            "customers/contoso/entitlements/suite/waitlistEntries/u1"
        );
    }

    async fn a_user_removed_from_the_waitlist_is_not_fulfilled_and_the_journal_names_the_actor(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let leave = LeaveWaitlist {
            customer: fixture.customer.clone(),
            product: product("suite"),
            user: user("u2"),
            revision: None,
            principal: Principal::new("ann"),
        };
        fixture.engine.leave_waitlist(leave).await.unwrap();
        let last = journal(&fixture).await.pop().unwrap();
        assert_eq!(last.principal, Principal::new("ann"));
        assert_eq!(left(&last.effect), [("u2", LeaveReason::Removed)]);
        fixture.buy("suite", 1).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn a_waitlisted_user_who_fails_leaves_with_the_reason_and_blocks_no_others(
        fixture: Fixture
    ) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        block(&fixture, "u2").await;
        fixture.buy("suite", 1).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u3:suite"]);
        assert_eq!(queue(&fixture, "suite").await, [""; 0]);
        let last = journal(&fixture).await.pop().unwrap().effect;
        assert_eq!(left(&last), [("u2", LeaveReason::Failed(vec![Violation::UserBlocked]))]);
    }

    async fn a_product_that_was_retired_is_not_given_to_who_waits(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        retire_suite(&fixture).await;
        fixture.run(fixture.request(&[], &["suite"]), users(&["u1"])).await;
        assert_eq!(fixture.holdings().await, [""; 0]);
        let last = journal(&fixture).await.pop().unwrap().effect;
        let reason = LeaveReason::ProductRetired(seatkeeper_domain::ProductKey(0));
        assert_eq!(left(&last), [("u2", reason)]);
    }

    async fn a_user_who_is_deleted_waits_no_more(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        fixture.engine.delete_user(deletion(&fixture, "u2")).await.unwrap();
        assert_eq!(queue(&fixture, "suite").await, ["u3"]);
        fixture.buy("suite", 1).await;
        assert_eq!(fixture.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn many_who_wait_are_served_by_one_transaction_after_the_other(fixture: Fixture) {
        let count = 5 * CHUNK;
        fixture.add_users(count).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        fixture.buy("suite", 100).await;
        wait_until_empty(&fixture, "suite").await;
        assert_eq!(fixture.holdings().await.len(), count);
        let served: Vec<usize> = journal(&fixture)
            .await
            .into_iter()
            .filter_map(|entry| entry.effect.into_license_changes())
            .filter(|changes| changes.span.is_none())
            .map(|changes| changes.members.len())
            .collect();
        assert_eq!(served, [CHUNK, CHUNK, CHUNK, CHUNK, CHUNK - 1]);
    }

    async fn no_user_overtakes_waitlisted_users(fixture: Fixture) {
        let count = 3 * CHUNK;
        fixture.add_users(count).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        fixture.add(vec![("late", "CH", UserState::Active)]).await;
        // A server that crashes after its purchase: it serves one step and leaves the rest.
        let dying = fixture.another_engine();
        let seats = i64::try_from(count - 1).unwrap();
        dying.purchase_seats(purchase(&fixture, seats, None)).await.unwrap();
        let (results, _) = fixture.assign("suite", users(&["late"])).await;
        assert_eq!(outcomes(&results), [("late", Outcome::Failed)]);
        wait_until_empty(&fixture, "suite").await;
        assert_eq!(fixture.holdings().await.len(), count);
    }

    async fn seats_that_begin_later_are_given_when_their_time_comes(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let soon = SystemClock.now().plus_micros(300_000);
        fixture.engine.purchase_seats(purchase(&fixture, 1, Some(soon))).await.unwrap();
        wait_until_empty(&fixture, "suite").await;
        assert!(SystemClock.now() >= soon);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
    }

    async fn two_servers_never_serve_twice(fixture: Fixture) {
        let count = 6 * CHUNK;
        fixture.add_users(count).await;
        fixture.buy("suite", 1).await;
        fixture.run(waiting(&fixture, &["suite"], &[]), Selector::All).await;
        let other = fixture.another_engine();
        other.start();
        let seats = i64::try_from(count).unwrap() - 2;
        other.purchase_seats(purchase(&fixture, seats, None)).await.unwrap();
        let looking = async {
            while fixture.entitlement("suite").await.available() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(TIMEOUT, looking).await.unwrap();
        assert_eq!(queue(&fixture, "suite").await, [format!("u{count}")]);
        assert_eq!(fixture.holdings().await.len(), count - 1);
        other.drain(TIMEOUT).await;
    }
}

/// A batch that puts users without a seat on the waitlist.
fn waiting(fixture: &Fixture, assign: &[&str], revoke: &[&str]) -> BatchRequest {
    BatchRequest {
        shortage: ShortagePolicy::Waitlist,
        ..fixture.request(assign, revoke)
    }
}

fn product(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn list(fixture: &Fixture, of: Option<&str>) -> ListWaitlist {
    ListWaitlist {
        customer: fixture.customer.clone(),
        product: of.map(product),
        user: None,
        after: None,
        limit: 100,
    }
}

/// The users that wait for a product, in order.
async fn queue(fixture: &Fixture, of: &str) -> Vec<String> {
    let page = fixture.engine.list_waitlist(list(fixture, Some(of))).await;
    let entries = page.unwrap().page.items;
    let positions: Vec<i64> = entries.iter().map(|entry| entry.position).collect();
    assert!(positions.iter().copied().eq((1..).take(positions.len())));
    entries
        .iter()
        .map(|entry| entry.user_id.as_str().to_owned())
        .collect()
}

fn priority(fixture: &Fixture, id: &str, priority: i32) -> PrioritizeWaiting {
    PrioritizeWaiting {
        customer: fixture.customer.clone(),
        product: product("suite"),
        user: user(id),
        priority,
        revision: None,
        principal: Principal::local(),
    }
}

fn deletion(fixture: &Fixture, id: &str) -> DeleteUser {
    DeleteUser {
        customer: fixture.customer.clone(),
        id: user(id),
        revision: None,
        force: true,
        principal: Principal::local(),
    }
}

fn purchase(fixture: &Fixture, seats: i64, start_time: Option<Timestamp>) -> PurchaseSeats {
    PurchaseSeats {
        customer: fixture.customer.clone(),
        product: product("suite"),
        purchase: None,
        seats,
        start_time,
        end_time: None,
        revision: None,
        request_id: None,
        validate_only: false,
        principal: Principal::local(),
    }
}

async fn block(fixture: &Fixture, id: &str) {
    let update = UpdateUser {
        customer: fixture.customer.clone(),
        id: user(id),
        revision: None,
        patch: UserPatch {
            state: Some(UserState::Blocked),
            ..UserPatch::default()
        },
        principal: Principal::local(),
    };
    fixture.engine.update_user(update).await.unwrap();
}

/// Imports the next version of the catalog, which retires `suite`.
async fn retire_suite(fixture: &Fixture) {
    let store = &fixture.stores.store;
    let version = store.latest_catalog_version().await.unwrap().unwrap();
    let mut catalog = store.catalog(version).await.unwrap().unwrap();
    catalog.products[0].retired = true;
    let next = NewCatalog {
        previous: Some(version),
        catalog,
        principal: Principal::local(),
        time: Timestamp::from_micros(1),
    };
    store.save_catalog(next).await.unwrap();
}

async fn journal(fixture: &Fixture) -> Vec<JournalEntry> {
    let store = &fixture.stores.store;
    let customer = store
        .customer(&fixture.customer)
        .await
        .unwrap()
        .unwrap()
        .key;
    let start = JournalSequence(0);
    store.journal(customer, start, 10_000).await.unwrap()
}

fn left(effect: &Effect) -> Vec<(&str, LeaveReason)> {
    let Effect::WaitlistLeft { leaves } = effect else {
        panic!("expected `WaitlistLeft`: {effect:?}");
    };
    leaves
        .iter()
        .map(|leave| (leave.user.as_str(), leave.reason.clone()))
        .collect()
}

fn licenses_of(fixture: &Fixture, id: &str) -> ListLicenses {
    ListLicenses {
        customer: fixture.customer.clone(),
        user: Some(user(id)),
        product: None,
        after: None,
        limit: 100,
    }
}

/// Polls until `left` users wait and no queue is due.
async fn wait_until_served(fixture: &Fixture, of: &str, left: usize) {
    let store = &fixture.stores.store;
    let end_of_time = Timestamp::from_micros(i64::MAX);
    let looking = async {
        loop {
            let due = store.due_waitlists(end_of_time, None, 10).await.unwrap();
            if due.is_empty() && queue(fixture, of).await.len() == left {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, looking).await.unwrap();
}

/// Polls until the queue is empty; servers send no notification when they have served a queue.
async fn wait_until_empty(fixture: &Fixture, of: &str) {
    let looking = async {
        while !queue(fixture, of).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, looking).await.unwrap();
}
