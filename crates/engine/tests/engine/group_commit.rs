//! Group commit of calls for single users.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use seatkeeper_domain::{
    BatchMode, CustomerId, Effect, JournalEntry, JournalSequence, Outcome, Principal,
    ShortagePolicy, UserId,
};
use seatkeeper_engine::{
    DeleteCustomer, EngineError, EngineResult, UpdateUserLicenses, UserLicensesUpdated,
};
use seatkeeper_store::CustomerTx;
use tokio::task::JoinHandle;

use crate::fixture::{Fixture, change, request_id};
use crate::stores::on_every_store;

pub(crate) fn update(
    fixture: &Fixture,
    user: &str,
    assign: &[&str],
    revoke: &[&str],
) -> UpdateUserLicenses {
    UpdateUserLicenses {
        customer: fixture.customer.clone(),
        user: UserId::parse(user).unwrap(),
        change: change(assign, revoke),
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        revision: None,
        report_licenses: false,
        request_id: None,
        validate_only: false,
        principal: Principal::new(user),
    }
}

/// Holds the customer's lock, so that calls wait.
async fn lock(fixture: &Fixture) -> Box<dyn CustomerTx> {
    let customer = fixture
        .engine
        .customer(&fixture.customer)
        .await
        .unwrap()
        .key;
    let locked = fixture.stores.store.lock_customer(customer).await;
    locked.unwrap().unwrap()
}

type PendingCall = JoinHandle<EngineResult<UserLicensesUpdated>>;

/// Sends calls in this order, and returns when all of them wait.
async fn ask(fixture: &Fixture, updates: Vec<UpdateUserLicenses>) -> Vec<PendingCall> {
    let mut pending = Vec::new();
    for update in updates {
        let engine = fixture.engine.clone();
        let (begun, begins) = tokio::sync::oneshot::channel();
        pending.push(tokio::spawn(async move {
            let call = engine.update_user_licenses(update);
            tokio::pin!(call);
            // After the first poll the call is in the queue.
            assert!(futures::poll!(call.as_mut()).is_pending());
            begun.send(()).unwrap();
            call.await
        }));
        begins.await.unwrap();
    }
    pending
}

/// Sends calls in this order; they share transactions as far as possible.
pub(crate) async fn group_commit(
    fixture: &Fixture,
    updates: Vec<UpdateUserLicenses>,
) -> Vec<EngineResult<UserLicensesUpdated>> {
    let held = lock(fixture).await;
    let pending = ask(fixture, updates).await;
    drop(held);
    join_all(pending)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

async fn entries(fixture: &Fixture) -> Vec<JournalEntry> {
    let customer = fixture
        .engine
        .customer(&fixture.customer)
        .await
        .unwrap()
        .key;
    let store = Arc::clone(&fixture.stores.store);
    store
        .journal(customer, JournalSequence(0), 1_000)
        .await
        .unwrap()
}

fn outcome(answer: &EngineResult<UserLicensesUpdated>) -> Outcome {
    answer.as_ref().unwrap().changes.plan.decisions[0].products[0].outcome
}

fn outcomes(answers: &[EngineResult<UserLicensesUpdated>]) -> Vec<Outcome> {
    answers.iter().map(outcome).collect()
}

fn entry(answer: &EngineResult<UserLicensesUpdated>) -> i64 {
    answer.as_ref().unwrap().sequence.unwrap().0
}

on_every_store! {
    async fn each_call_has_its_own_entry_in_the_order_of_arrival(fixture: Fixture) {
        fixture.add_users(40).await;
        fixture.buy("suite", 40).await;
        let users: Vec<String> = (1..=40).map(|number| format!("u{number}")).collect();
        let calls = users.iter().map(|user| update(&fixture, user, &["suite"], &[])).collect();
        let before = i64::try_from(entries(&fixture).await.len()).unwrap();
        let answers = group_commit(&fixture, calls).await;
        let sequences: Vec<i64> = answers.iter().map(entry).collect();
        assert_eq!(sequences, (before + 1..=before + 40).collect::<Vec<_>>());
        let journal = entries(&fixture).await;
        for (user, answer) in users.iter().zip(&answers) {
            let index = usize::try_from(entry(answer) - 1).unwrap();
            let found = &journal[index];
            assert_eq!((found.sequence.0, found.principal.as_str()), (entry(answer), &**user));
            let changes = answer.as_ref().unwrap().changes.clone();
            assert_eq!(changes.members[0].user_id.as_str(), user);
            assert_eq!(found.effect, Effect::LicensesChanged(changes));
        }
        assert_eq!(fixture.holdings().await.len(), 40);
        assert_eq!(fixture.entitlement("suite").await.entitlement.assigned, 40);
    }

    async fn the_last_seats_go_to_those_who_came_first(fixture: Fixture) {
        fixture.add_users(6).await;
        fixture.buy("suite", 2).await;
        let calls = ["u5", "u1", "u6", "u2"].map(|user| update(&fixture, user, &["suite"], &[]));
        let answers = group_commit(&fixture, calls.into()).await;
        let (assigned, failed) = (Outcome::Assigned, Outcome::Failed);
        assert_eq!(outcomes(&answers), [assigned, assigned, failed, failed]);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u5:suite"]);
    }

    async fn a_seat_that_one_call_frees_the_next_one_takes(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", crate::fixture::users(&["u1"])).await;
        let calls = vec![
            update(&fixture, "u2", &["suite"], &[]),
            update(&fixture, "u1", &[], &["suite"]),
            update(&fixture, "u3", &["suite"], &[]),
        ];
        let answers = group_commit(&fixture, calls).await;
        assert_eq!(outcomes(&answers), [Outcome::Failed, Outcome::Revoked, Outcome::Assigned]);
        assert_eq!(fixture.holdings().await, ["u3:suite"]);
        assert_eq!(fixture.entitlement("suite").await.entitlement.assigned, 1);
    }

    async fn calls_for_different_products_are_each_decided_by_their_own(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 1).await;
        fixture.buy("lite", 5).await;
        fixture.assign("lite", crate::fixture::users(&["u4", "u5"])).await;
        let calls = vec![
            update(&fixture, "u1", &["suite"], &[]),
            update(&fixture, "u2", &["lite"], &[]),
            update(&fixture, "u3", &["addon"], &[]),
            update(&fixture, "u4", &[], &["lite"]),
            update(&fixture, "u5", &["suite"], &["lite"]),
        ];
        let answers = group_commit(&fixture, calls).await;
        let (assigned, failed) = (Outcome::Assigned, Outcome::Failed);
        assert_eq!(outcomes(&answers), [assigned, assigned, failed, Outcome::Revoked, failed]);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:lite", "u5:lite"]);
        assert_eq!(fixture.entitlement("lite").await.entitlement.assigned, 2);
    }

    async fn a_call_that_is_refused_fails_alone(fixture: Fixture) {
        fixture.add_users(6).await;
        fixture.buy("suite", 3).await;
        let mut stale = update(&fixture, "u2", &["suite"], &[]);
        stale.revision = Some(77);
        let strict = |user| UpdateUserLicenses {
            shortage: ShortagePolicy::RequireAll,
            ..update(&fixture, user, &["suite", "addon"], &[])
        };
        fixture.buy("addon", 1).await;
        let calls = vec![
            update(&fixture, "u1", &["suite"], &[]),
            update(&fixture, "ghost", &["suite"], &[]),
            stale,
            update(&fixture, "u3", &["nonsense"], &[]),
            strict("u4"),
            strict("u5"),
            update(&fixture, "u6", &["suite"], &[]),
        ];
        let before = entries(&fixture).await.len();
        let answers = group_commit(&fixture, calls).await;
        let refused: Vec<bool> = answers.iter().map(Result::is_err).collect();
        assert_eq!(refused, [false, true, true, true, false, true, false]);
        assert!(matches!(answers[1], Err(EngineError::NotFound(_))));
        assert!(matches!(answers[2], Err(EngineError::EtagMismatch(_))));
        assert!(matches!(answers[3], Err(EngineError::InvalidChange(_))));
        assert!(matches!(answers[5], Err(EngineError::SeatsShort(_))));
        // The rejected call took no seat of the suite, so the last call gets it.
        assert_eq!(outcome(&answers[6]), Outcome::Assigned);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u4:suite", "u4:addon", "u6:suite"]);
        assert_eq!(entries(&fixture).await.len(), before + 3);
    }

    async fn a_call_that_only_asks_takes_no_seat_from_the_others(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        let mut asks = update(&fixture, "u1", &["suite"], &[]);
        asks.validate_only = true;
        let answers = group_commit(&fixture, vec![asks, update(&fixture, "u2", &["suite"], &[])]).await;
        assert_eq!(outcomes(&answers), [Outcome::Assigned, Outcome::Assigned]);
        assert_eq!(fixture.holdings().await, ["u2:suite"]);
    }

    async fn calls_for_the_same_user_see_one_another_in_order(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        let calls = vec![
            update(&fixture, "u1", &["suite"], &[]),
            update(&fixture, "u1", &["suite"], &[]),
            update(&fixture, "u1", &[], &["suite"]),
            update(&fixture, "u2", &["suite"], &[]),
            update(&fixture, "u1", &["suite"], &[]),
        ];
        let answers = group_commit(&fixture, calls).await;
        let (assigned, revoked) = (Outcome::Assigned, Outcome::Revoked);
        let expected = [assigned, Outcome::Unchanged, revoked, assigned, assigned];
        assert_eq!(outcomes(&answers), expected);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
    }

    async fn a_request_sent_twice_at_once_is_done_once(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        let once = UpdateUserLicenses {
            request_id: Some(request_id("once")),
            ..update(&fixture, "u1", &["suite"], &[])
        };
        let other = UpdateUserLicenses {
            request_id: Some(request_id("other")),
            ..update(&fixture, "u2", &["suite"], &[])
        };
        let calls = vec![once.clone(), other.clone(), once.clone(), other];
        let answers = group_commit(&fixture, calls).await;
        assert_eq!(outcomes(&answers), [Outcome::Assigned; 4]);
        let entries: Vec<i64> = answers.iter().map(entry).collect();
        assert_eq!(entries[..2], entries[2..]);
        let distinct: BTreeSet<i64> = entries.into_iter().collect();
        assert_eq!(distinct.len(), 2);
        let again = group_commit(&fixture, vec![once]).await;
        assert_eq!(entry(&again[0]), entry(&answers[0]));
    }

    async fn a_request_id_used_for_two_users_at_once_is_refused_to_the_second(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 3).await;
        let calls = ["u1", "u2"].map(|user| UpdateUserLicenses {
            request_id: Some(request_id("once")),
            ..update(&fixture, user, &["suite"], &[])
        });
        let mut calls: Vec<_> = calls.into();
        calls.push(update(&fixture, "u3", &["suite"], &[]));
        let answers = group_commit(&fixture, calls).await;
        assert_eq!(outcome(&answers[0]), Outcome::Assigned);
        assert!(matches!(answers[1], Err(EngineError::RequestIdReused { .. })));
        assert_eq!(outcome(&answers[2]), Outcome::Assigned);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u3:suite"]);
    }

    async fn a_caller_who_hangs_up_costs_the_others_nothing(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 3).await;
        let held = lock(&fixture).await;
        let calls = ["u1", "u2", "u3"].map(|user| update(&fixture, user, &["suite"], &[]));
        let mut pending = ask(&fixture, calls.into()).await;
        pending[0].abort();
        assert!((&mut pending[0]).await.unwrap_err().is_cancelled());
        drop(held);
        for call in pending.drain(1..) {
            assert_eq!(outcome(&call.await.unwrap()), Outcome::Assigned);
        }
        // A call that was still waiting when its caller disconnected is dropped.
        assert_eq!(fixture.holdings().await, ["u2:suite", "u3:suite"]);
    }

    async fn a_seat_that_a_call_frees_goes_to_who_waits_before_the_next_call(fixture: Fixture) {
        fixture.add_users(4).await;
        fixture.buy("suite", 1).await;
        fixture.buy("addon", 2).await;
        fixture.assign("suite", crate::fixture::users(&["u1"])).await;
        let waits = UpdateUserLicenses {
            shortage: ShortagePolicy::Waitlist,
            ..update(&fixture, "u2", &["suite"], &[])
        };
        let answers = group_commit(&fixture, vec![waits]).await;
        assert_eq!(outcomes(&answers), [Outcome::Waitlisted]);
        let calls = vec![
            update(&fixture, "u4", &["addon"], &[]),
            update(&fixture, "u1", &[], &["suite"]),
            update(&fixture, "u3", &["suite"], &[]),
        ];
        let answers = group_commit(&fixture, calls).await;
        assert_eq!(outcomes(&answers)[1..], [Outcome::Revoked, Outcome::Failed]);
        assert_eq!(fixture.holdings().await, ["u2:suite"]);
    }

    async fn calls_that_wait_for_seats_and_calls_that_buy_them_keep_their_order(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 1).await;
        let with = |user, shortage| UpdateUserLicenses {
            shortage,
            ..update(&fixture, user, &["suite"], &[])
        };
        let calls = vec![
            with("u1", ShortagePolicy::AssignUntilExhausted),
            with("u2", ShortagePolicy::BuyMore),
            with("u3", ShortagePolicy::AssignUntilExhausted),
            with("u4", ShortagePolicy::Waitlist),
            with("u5", ShortagePolicy::RequireAll),
        ];
        let answers = group_commit(&fixture, calls).await;
        let (assigned, failed) = (Outcome::Assigned, Outcome::Failed);
        assert_eq!(outcomes(&answers[..4]), [assigned, assigned, failed, Outcome::Waitlisted]);
        assert!(matches!(answers[4], Err(EngineError::SeatsShort(_))));
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
        assert_eq!(fixture.entitlement("suite").await.units.active, 2);
    }

    async fn calls_of_a_customer_that_goes_away_meanwhile_find_none(fixture: Fixture) {
        let delete = DeleteCustomer {
            id: fixture.customer.clone(),
            revision: None,
            force: true,
        };
        let held = lock(&fixture).await;
        let engine = fixture.engine.clone();
        let deleted = tokio::spawn(async move { engine.delete_customer(delete).await });
        // The deletion is first in line when it waits for the lock.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let calls = ["u1", "u2"].map(|user| update(&fixture, user, &["suite"], &[]));
        let pending = ask(&fixture, calls.into()).await;
        drop(held);
        deleted.await.unwrap().unwrap();
        for call in pending {
            let answer = call.await.unwrap();
            assert!(matches!(answer, Err(EngineError::NotFound(_))), "{answer:?}");
        }
    }

    async fn a_customer_who_does_not_exist_is_not_found(fixture: Fixture) {
        let stranger = UpdateUserLicenses {
            customer: CustomerId::parse("fabrikam").unwrap(),
            ..update(&fixture, "u1", &["suite"], &[])
        };
        let refused = fixture.engine.update_user_licenses(stranger).await.unwrap_err();
        assert!(matches!(refused, EngineError::NotFound(_)), "{refused}");
    }
}
