use std::time::Duration;

use seatkeeper_domain::{
    Actor, BatchMode, Effect, JournalEntry, JournalSequence, LeaveReason, Outcome, ProductId,
    ServicePlanId, ShortagePolicy, Timestamp, UserId, UserState, Violation, ViolationType,
};
use seatkeeper_engine::{
    BatchRequest, Clock as _, DeleteUser, EngineError, LeaveWaitlist, ListLicenses, ListWaitlist,
    PreviewEvent, PrioritizeWaiting, PurchaseSeats, Selector, SystemClock, UpdateUser,
    UpdateUserLicenses, UserPatch,
};
use seatkeeper_store::NewCatalog;

use crate::stores::on_every_store;
use crate::world::{CHUNK, World, change, outcomes, users};

const PATIENCE: Duration = Duration::from_mins(1);

on_every_store! {
    async fn who_finds_no_seat_waits_in_order(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        let (told, batch) = world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let expected = [
            ("u1", Outcome::Assigned),
            ("u2", Outcome::Waitlisted),
            ("u3", Outcome::Waitlisted),
        ];
        assert_eq!(outcomes(&told), expected);
        assert_eq!((batch.counts.waitlisted, batch.counts.users_succeeded), (2, 3));
        assert_eq!(queue(&world, "suite").await, ["u2", "u3"]);
        assert_eq!(world.entitlement("suite").await.entitlement.waitlisted, 2);
        let page = world.engine.list_waitlist(list(&world, None)).await.unwrap().page;
        assert_eq!(page.items[0].batch.as_ref().unwrap().1, batch.id);
        assert_eq!(page.total, 2);
    }

    async fn seats_that_are_bought_go_to_the_first_at_once(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let bought = world.buy("suite", 1).await;
        assert_eq!((bought.entitlement.assigned, bought.available()), (2, 0));
        assert_eq!(bought.entitlement.waitlisted, 1);
        assert_eq!(world.holdings().await, ["u1:suite", "u2:suite"]);
        assert_eq!(queue(&world, "suite").await, ["u3"]);
    }

    async fn a_seat_that_is_freed_goes_to_the_first_at_once(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let (told, _) = world.run(world.request(&[], &["suite"]), users(&["u1"])).await;
        assert_eq!(outcomes(&told), [("u1", Outcome::Revoked)]);
        assert_eq!(world.holdings().await, ["u2:suite"]);
        world.engine.delete_user(deletion(&world, "u2")).await.unwrap();
        assert_eq!(world.holdings().await, ["u3:suite"]);
    }

    async fn who_is_served_is_journaled_in_the_name_of_who_asked(world: World) {
        world.add_users(1).await;
        world.buy("lite", 1).await;
        world.buy("suite", 1).await;
        world.assign("suite", users(&["u1"])).await;
        world.add(vec![("late", "CH", UserState::Active)]).await;
        let mut request = waiting(&world, &["suite"], &[]);
        request.actor = Actor::new("ann");
        world.run(request, users(&["late"])).await;
        world.run(world.request(&[], &["suite"]), users(&["u1"])).await;
        let last = journal(&world).await.pop().unwrap();
        assert_eq!(last.actor, Actor::new("ann"));
        let Effect::LicensesChanged(changes) = last.effect else {
            panic!("{last:?}");
        };
        assert_eq!(changes.span, None);
        let served: Vec<&str> =
            changes.members.iter().map(|member| member.user_id.as_str()).collect();
        assert_eq!(served, ["late"]);
    }

    async fn a_swap_that_waits_leaves_nobody_without_both(world: World) {
        world.add_users(1).await;
        world.buy("lite", 1).await;
        world.buy("suite", 1).await;
        world.assign("lite", Selector::All).await;
        world.add(vec![("late", "CH", UserState::Active)]).await;
        world.assign("suite", users(&["late"])).await;
        let swap = waiting(&world, &["suite"], &["lite"]);
        let (told, _) = world.run(swap, users(&["u1"])).await;
        let products: Vec<Outcome> = told[0].products.iter().map(|product| product.1).collect();
        assert_eq!(products, [Outcome::Waitlisted, Outcome::Waitlisted]);
        assert_eq!(world.holdings().await, ["u1:lite", "late:suite"]);
        world.buy("suite", 1).await;
        assert_eq!(world.holdings().await, ["u1:suite", "late:suite"]);
        assert_eq!(world.entitlement("lite").await.available(), 1);
    }

    async fn a_seat_freed_by_a_swap_that_is_served_serves_the_next_queue(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.buy("lite", 1).await;
        world.assign("suite", users(&["u1"])).await;
        world.assign("lite", users(&["u2"])).await;
        world.run(waiting(&world, &["suite"], &["lite"]), users(&["u2"])).await;
        world.run(waiting(&world, &["lite"], &[]), users(&["u3"])).await;
        world.run(world.request(&[], &["suite"]), users(&["u1"])).await;
        assert_eq!(world.holdings().await, ["u2:suite", "u3:lite"]);
    }

    async fn a_change_waits_for_all_its_seats_and_keeps_the_ones_there_are(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.buy("addon", 1).await;
        world.run(world.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        world.run(waiting(&world, &["suite", "addon"], &[]), users(&["u2"])).await;
        world.buy("suite", 1).await;
        assert_eq!(queue(&world, "suite").await, ["u2"]);
        assert_eq!(queue(&world, "addon").await, ["u2"]);
        world.add(vec![("late", "CH", UserState::Active)]).await;
        let (told, _) = world.assign("suite", users(&["late"])).await;
        assert_eq!(told[0].products[0].2, [ViolationType::SeatsExhausted]);
        world.buy("addon", 1).await;
        assert_eq!(
            world.holdings().await,
            ["u1:suite", "u1:addon", "u2:suite", "u2:addon"]
        );
    }

    async fn one_who_waits_for_another_product_does_not_hold_up_the_rest(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.buy("addon", 1).await;
        world.run(world.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        world.run(waiting(&world, &["suite", "addon"], &[]), users(&["u2"])).await;
        world.run(waiting(&world, &["suite"], &[]), users(&["u3"])).await;
        world.buy("suite", 2).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u1:addon", "u3:suite"]);
        assert_eq!(queue(&world, "suite").await, ["u2"]);
    }

    async fn per_license_a_product_waits_by_itself(world: World) {
        world.add_users(1).await;
        world.buy("suite", 1).await;
        world.buy("addon", 1).await;
        world.add(vec![("late", "CH", UserState::Active)]).await;
        world.run(world.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        world.buy("suite", 1).await;
        let mut request = waiting(&world, &["suite", "addon"], &[]);
        request.mode = BatchMode::PerLicense;
        world.run(request, users(&["late"])).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u1:addon", "late:suite"]);
        assert_eq!(queue(&world, "addon").await, ["late"]);
        world.buy("addon", 1).await;
        assert_eq!(world.holdings().await.last().unwrap(), "late:addon");
    }

    async fn who_waits_already_keeps_the_place_and_the_newer_change_waits(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.buy("lite", 2).await;
        world.assign("lite", users(&["u2"])).await;
        world.run(waiting(&world, &["suite"], &[]), users(&["u1", "u3", "u2"])).await;
        let swap = waiting(&world, &["suite"], &["lite"]);
        let (told, _) = world.run(swap, users(&["u2", "u3"])).await;
        assert!(told.iter().all(|told| told.products[0].1 == Outcome::Waitlisted));
        assert_eq!(queue(&world, "suite").await, ["u3", "u2"]);
        world.buy("suite", 2).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u2:suite", "u3:suite"]);
    }

    async fn who_comes_to_hold_a_product_otherwise_goes_on_waiting_for_the_rest(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.buy("addon", 1).await;
        world.run(world.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        world.run(waiting(&world, &["suite", "addon"], &[]), users(&["u2"])).await;
        // One of two seats is spoken for, the other is anybody's.
        world.buy("suite", 2).await;
        let (told, _) = world.assign("suite", users(&["u2"])).await;
        assert_eq!(outcomes(&told), [("u2", Outcome::Assigned)]);
        assert_eq!(queue(&world, "suite").await, [""; 0]);
        assert_eq!(queue(&world, "addon").await, ["u2"]);
        world.buy("addon", 1).await;
        assert_eq!(world.holdings().await.last().unwrap(), "u2:addon");
    }

    async fn what_was_decided_otherwise_meanwhile_is_not_undone(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.buy("addon", 1).await;
        world.run(world.request(&["suite", "addon"], &[]), users(&["u1"])).await;
        world.run(waiting(&world, &["suite", "addon"], &[]), users(&["u2"])).await;
        world.buy("suite", 2).await;
        let mut without_mail = world.request(&["suite"], &[]);
        without_mail.change.assign[0].disabled_plans =
            vec![ServicePlanId::parse("mail").unwrap()];
        world.run(without_mail, users(&["u2"])).await;
        world.buy("addon", 1).await;
        let page = world.engine.list_licenses(licenses_of(&world, "u2")).await.unwrap();
        let plans_off: Vec<usize> =
            page.licenses.iter().map(|license| license.held.disabled_plans.len()).collect();
        assert_eq!(plans_off, [1, 0]);
    }

    async fn seats_kept_for_many_stay_kept_however_many_transactions_it_takes(world: World) {
        let count = 2 * CHUNK + 1;
        world.add_users(count + 3).await;
        world.buy("addon", 1).await;
        world.buy("suite", 1).await;
        let selected: Vec<String> = (1..=count).map(|number| format!("u{number}")).collect();
        let selected: Vec<&str> = selected.iter().map(String::as_str).collect();
        world.run(waiting(&world, &["suite", "addon"], &[]), users(&selected)).await;
        world.run(waiting(&world, &["suite"], &[]), users(&["u10", "u11", "u12"])).await;
        // One has both; all others of the first batch keep a seat each; one is left.
        world.buy("suite", i64::try_from(count).unwrap()).await;
        wait_until_served(&world, "suite", count + 1).await;
        let held = world.holdings().await;
        assert_eq!(held, ["u1:suite", "u1:addon", "u10:suite"]);
    }

    async fn a_dry_run_tells_who_would_wait_and_lets_nobody(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        let request = waiting(&world, &["suite"], &[]);
        let mut preview = world.engine.preview_batch(request, Selector::All).await.unwrap();
        let mut waitlisted = 0;
        while let Some(event) = preview.next().await.unwrap() {
            if let PreviewEvent::Finished { counts, .. } = event {
                waitlisted = counts.waitlisted;
            }
        }
        assert_eq!(waitlisted, 1);
        assert_eq!(queue(&world, "suite").await, [""; 0]);
    }

    async fn all_or_nothing_cannot_wait(world: World) {
        world.add_users(1).await;
        let mut request = waiting(&world, &["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let refused = world.start(request, Selector::All).await.unwrap_err();
        let EngineError::Invalid(invalid) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(invalid[0].field, "shortage_policy");
    }

    async fn a_single_call_may_let_the_user_wait(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.assign("suite", users(&["u1"])).await;
        let update = UpdateUserLicenses {
            customer: world.customer.clone(),
            user: user("u2"),
            change: change(&["suite"], &[]),
            mode: BatchMode::PerUser,
            shortage: ShortagePolicy::Waitlist,
            revision: None,
            report_licenses: false,
            request_id: None,
            validate_only: false,
            actor: Actor::local(),
        };
        let updated = world.engine.update_user_licenses(update).await.unwrap();
        let decided = &updated.changes.plan.decisions[0].products[0];
        assert_eq!(decided.outcome, Outcome::Waitlisted);
        let page = world.engine.list_waitlist(list(&world, Some("suite"))).await.unwrap().page;
        assert_eq!((page.items[0].user_id.as_str(), &page.items[0].batch), ("u2", &None));
    }

    async fn a_higher_priority_is_served_first(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let moved = world.engine.prioritize_waiting(priority(&world, "u3", 7)).await.unwrap();
        assert_eq!((moved.entry.position, moved.entry.place.priority()), (1, 7));
        assert_eq!(queue(&world, "suite").await, ["u3", "u2"]);
        let last = journal(&world).await.pop().unwrap().effect;
        assert!(matches!(last, Effect::WaitlistPrioritized { priority: 7, .. }), "{last:?}");
        world.buy("suite", 1).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn priorities_have_bounds_and_revisions_are_checked(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let refused = world.engine.prioritize_waiting(priority(&world, "u2", 1_001)).await;
        assert!(matches!(refused, Err(EngineError::Invalid(_))), "{refused:?}");
        let mut outdated = priority(&world, "u2", 1);
        outdated.revision = Some(9);
        let refused = world.engine.prioritize_waiting(outdated).await;
        assert!(matches!(refused, Err(EngineError::EtagMismatch(_))), "{refused:?}");
        let refused = world.engine.prioritize_waiting(priority(&world, "u1", 1)).await;
        let Err(EngineError::NotFound(missing)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            missing.name,
            "customers/contoso/entitlements/suite/waitlistEntries/u1"
        );
    }

    async fn who_leaves_is_not_served_and_the_journal_says_who_did_it(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let leave = LeaveWaitlist {
            customer: world.customer.clone(),
            product: product("suite"),
            user: user("u2"),
            revision: None,
            actor: Actor::new("ann"),
        };
        world.engine.leave_waitlist(leave).await.unwrap();
        let last = journal(&world).await.pop().unwrap();
        assert_eq!(last.actor, Actor::new("ann"));
        assert_eq!(left(&last.effect), [("u2", LeaveReason::Asked)]);
        world.buy("suite", 1).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn who_fails_when_the_turn_comes_leaves_with_the_reason_and_holds_up_nobody(
        world: World
    ) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        block(&world, "u2").await;
        world.buy("suite", 1).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u3:suite"]);
        assert_eq!(queue(&world, "suite").await, [""; 0]);
        let last = journal(&world).await.pop().unwrap().effect;
        assert_eq!(left(&last), [("u2", LeaveReason::Failed(vec![Violation::UserBlocked]))]);
    }

    async fn a_product_that_was_retired_is_not_given_to_who_waits(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        retire_suite(&world).await;
        world.run(world.request(&[], &["suite"]), users(&["u1"])).await;
        assert_eq!(world.holdings().await, [""; 0]);
        let last = journal(&world).await.pop().unwrap().effect;
        let reason = LeaveReason::ProductRetired(seatkeeper_domain::ProductKey(0));
        assert_eq!(left(&last), [("u2", reason)]);
    }

    async fn a_user_who_is_deleted_waits_no_more(world: World) {
        world.add_users(3).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        world.engine.delete_user(deletion(&world, "u2")).await.unwrap();
        assert_eq!(queue(&world, "suite").await, ["u3"]);
        world.buy("suite", 1).await;
        assert_eq!(world.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn many_who_wait_are_served_by_one_transaction_after_the_other(world: World) {
        let count = 5 * CHUNK;
        world.add_users(count).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        world.buy("suite", 100).await;
        wait_until_empty(&world, "suite").await;
        assert_eq!(world.holdings().await.len(), count);
        let served: Vec<usize> = journal(&world)
            .await
            .into_iter()
            .filter_map(|entry| entry.effect.into_license_changes())
            .filter(|changes| changes.span.is_none())
            .map(|changes| changes.members.len())
            .collect();
        assert_eq!(served, [CHUNK, CHUNK, CHUNK, CHUNK, CHUNK - 1]);
    }

    async fn nobody_overtakes_those_who_are_not_served_yet(world: World) {
        let count = 3 * CHUNK;
        world.add_users(count).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        world.add(vec![("late", "CH", UserState::Active)]).await;
        // A server that dies after its purchase: it serves one step and leaves the rest.
        let dying = world.another_engine();
        let seats = i64::try_from(count - 1).unwrap();
        dying.purchase_seats(purchase(&world, seats, None)).await.unwrap();
        let (told, _) = world.assign("suite", users(&["late"])).await;
        assert_eq!(outcomes(&told), [("late", Outcome::Failed)]);
        wait_until_empty(&world, "suite").await;
        assert_eq!(world.holdings().await.len(), count);
    }

    async fn seats_that_begin_later_are_given_when_their_time_comes(world: World) {
        world.add_users(2).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let soon = SystemClock.now().plus_micros(300_000);
        world.engine.purchase_seats(purchase(&world, 1, Some(soon))).await.unwrap();
        wait_until_empty(&world, "suite").await;
        assert!(SystemClock.now() >= soon);
        assert_eq!(world.holdings().await, ["u1:suite", "u2:suite"]);
    }

    async fn two_servers_never_serve_twice(world: World) {
        let count = 6 * CHUNK;
        world.add_users(count).await;
        world.buy("suite", 1).await;
        world.run(waiting(&world, &["suite"], &[]), Selector::All).await;
        let other = world.another_engine();
        other.start();
        let seats = i64::try_from(count).unwrap() - 2;
        other.purchase_seats(purchase(&world, seats, None)).await.unwrap();
        let looking = async {
            while world.entitlement("suite").await.available() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap();
        assert_eq!(queue(&world, "suite").await, [format!("u{count}")]);
        assert_eq!(world.holdings().await.len(), count - 1);
        other.drain(PATIENCE).await;
    }
}

/// A batch whose users wait where there is no seat.
fn waiting(world: &World, assign: &[&str], revoke: &[&str]) -> BatchRequest {
    BatchRequest {
        shortage: ShortagePolicy::Waitlist,
        ..world.request(assign, revoke)
    }
}

fn product(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn list(world: &World, of: Option<&str>) -> ListWaitlist {
    ListWaitlist {
        customer: world.customer.clone(),
        product: of.map(product),
        user: None,
        after: None,
        limit: 100,
    }
}

/// Who waits for a product, in order.
async fn queue(world: &World, of: &str) -> Vec<String> {
    let page = world.engine.list_waitlist(list(world, Some(of))).await;
    let entries = page.unwrap().page.items;
    let positions: Vec<i64> = entries.iter().map(|entry| entry.position).collect();
    assert!(positions.iter().copied().eq((1..).take(positions.len())));
    entries
        .iter()
        .map(|entry| entry.user_id.as_str().to_owned())
        .collect()
}

fn priority(world: &World, id: &str, priority: i32) -> PrioritizeWaiting {
    PrioritizeWaiting {
        customer: world.customer.clone(),
        product: product("suite"),
        user: user(id),
        priority,
        revision: None,
        actor: Actor::local(),
    }
}

fn deletion(world: &World, id: &str) -> DeleteUser {
    DeleteUser {
        customer: world.customer.clone(),
        id: user(id),
        revision: None,
        force: true,
        actor: Actor::local(),
    }
}

fn purchase(world: &World, seats: i64, start_time: Option<Timestamp>) -> PurchaseSeats {
    PurchaseSeats {
        customer: world.customer.clone(),
        product: product("suite"),
        purchase: None,
        seats,
        start_time,
        end_time: None,
        revision: None,
        request_id: None,
        validate_only: false,
        actor: Actor::local(),
    }
}

async fn block(world: &World, id: &str) {
    let update = UpdateUser {
        customer: world.customer.clone(),
        id: user(id),
        revision: None,
        patch: UserPatch {
            state: Some(UserState::Blocked),
            ..UserPatch::default()
        },
        actor: Actor::local(),
    };
    world.engine.update_user(update).await.unwrap();
}

/// Makes the next version of the catalog, in which `suite` is retired.
async fn retire_suite(world: &World) {
    let store = &world.stores.store;
    let version = store.latest_catalog_version().await.unwrap().unwrap();
    let mut catalog = store.catalog(version).await.unwrap().unwrap();
    catalog.products[0].retired = true;
    let next = NewCatalog {
        previous: Some(version),
        catalog,
        actor: Actor::local(),
        time: Timestamp::from_micros(1),
    };
    store.save_catalog(next).await.unwrap();
}

async fn journal(world: &World) -> Vec<JournalEntry> {
    let store = &world.stores.store;
    let customer = store.customer(&world.customer).await.unwrap().unwrap().key;
    let start = JournalSequence(0);
    store.journal(customer, start, 10_000).await.unwrap()
}

fn left(effect: &Effect) -> Vec<(&str, LeaveReason)> {
    let Effect::WaitlistLeft { leaves } = effect else {
        panic!("nobody left: {effect:?}");
    };
    leaves
        .iter()
        .map(|leave| (leave.user.as_str(), leave.reason.clone()))
        .collect()
}

fn licenses_of(world: &World, id: &str) -> ListLicenses {
    ListLicenses {
        customer: world.customer.clone(),
        user: Some(user(id)),
        product: None,
        after: None,
        limit: 100,
    }
}

/// Looks again and again, until that many wait and no queue is due.
async fn wait_until_served(world: &World, of: &str, left: usize) {
    let store = &world.stores.store;
    let end_of_time = Timestamp::from_micros(i64::MAX);
    let looking = async {
        loop {
            let due = store.due_waitlists(end_of_time, None, 10).await.unwrap();
            if due.is_empty() && queue(world, of).await.len() == left {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap();
}

/// Looks again and again, since nothing tells when a server has served a queue.
async fn wait_until_empty(world: &World, of: &str) {
    let looking = async {
        while !queue(world, of).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap();
}
