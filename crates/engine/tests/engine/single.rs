use seatkeeper_domain::{BatchMode, Outcome, Principal, ShortagePolicy, UserId, UserState};
use seatkeeper_engine::{
    DeleteUser, EngineError, Selector, UpdateUserLicenses, UserLicensesUpdated,
};

use crate::fixture::{Fixture, change, request_id};
use crate::stores::on_every_store;

fn update(fixture: &Fixture, user: &str, assign: &[&str], revoke: &[&str]) -> UpdateUserLicenses {
    UpdateUserLicenses {
        customer: fixture.customer.clone(),
        user: UserId::parse(user).unwrap(),
        change: change(assign, revoke),
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        revision: None,
        report_licenses: true,
        request_id: None,
        validate_only: false,
        principal: Principal::local(),
    }
}

fn first_outcome(updated: &UserLicensesUpdated) -> Outcome {
    updated.changes.plan.decisions[0].products[0].outcome
}

on_every_store! {
    async fn one_users_licenses_change_in_one_call(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        let updated = fixture.engine.update_user_licenses(update(&fixture, "u1", &["suite"], &[]));
        assert_eq!(first_outcome(&updated.await.unwrap()), Outcome::Assigned);
        assert_eq!(fixture.holdings().await, ["u1:suite"]);
    }

    async fn the_same_call_under_a_request_id_answers_with_the_first_result(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        let mut call = update(&fixture, "u1", &["suite"], &[]);
        call.request_id = Some(request_id("once"));
        let first = fixture.engine.update_user_licenses(call.clone()).await.unwrap();
        let again = fixture.engine.update_user_licenses(call).await.unwrap();
        assert_eq!(first.changes, again.changes);
        assert_eq!(first.sequence, again.sequence);
        assert_eq!(first_outcome(&again), Outcome::Assigned);
    }

    async fn calls_at_once_for_the_last_seat_give_it_to_one(fixture: Fixture) {
        fixture.add_users(8).await;
        fixture.buy("suite", 1).await;
        let calls = (1..=8).map(|number| {
            let call = update(&fixture, &format!("u{number}"), &["suite"], &[]);
            fixture.engine.update_user_licenses(call)
        });
        let answers = futures::future::try_join_all(calls).await.unwrap();
        let winners = answers.iter().filter(|answer| first_outcome(answer) == Outcome::Assigned);
        assert_eq!(winners.count(), 1);
    }

    async fn a_user_who_does_not_exist_is_an_error(fixture: Fixture) {
        fixture.buy("suite", 1).await;
        let call = update(&fixture, "ghost", &["suite"], &[]);
        let error = fixture.engine.update_user_licenses(call).await.unwrap_err();
        assert!(matches!(error, EngineError::NotFound(_)), "{error}");
    }

    async fn a_call_that_requires_every_seat_is_refused_when_one_is_missing(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", Selector::All).await;
        let mut call = update(&fixture, "u2", &["suite"], &[]);
        call.shortage = ShortagePolicy::RequireAll;
        let error = fixture.engine.update_user_licenses(call).await.unwrap_err();
        let EngineError::SeatsShort(short) = error else { panic!("{error}") };
        assert_eq!(short[0].short(), 1);
    }

    async fn a_call_that_may_buy_buys_the_seat_it_lacks_once(fixture: Fixture) {
        fixture.add_users(1).await;
        let mut call = update(&fixture, "u1", &["suite"], &[]);
        call.shortage = ShortagePolicy::BuyMore;
        call.request_id = Some(request_id("once"));
        let first = fixture.engine.update_user_licenses(call.clone()).await.unwrap();
        let again = fixture.engine.update_user_licenses(call).await.unwrap();
        assert_eq!(first_outcome(&first), Outcome::Assigned);
        assert_eq!(first.changes, again.changes);
        let seats = fixture.entitlement("suite").await;
        assert_eq!((seats.units.active, seats.entitlement.assigned), (1, 1));
    }

    async fn a_call_that_only_asks_buys_nothing(fixture: Fixture) {
        fixture.add_users(1).await;
        let mut call = update(&fixture, "u1", &["suite"], &[]);
        call.shortage = ShortagePolicy::BuyMore;
        call.validate_only = true;
        let updated = fixture.engine.update_user_licenses(call).await.unwrap();
        assert_eq!(first_outcome(&updated), Outcome::Assigned);
        assert_eq!(fixture.purchases_journaled().await, []);
    }

    async fn a_call_for_a_user_who_fails_otherwise_buys_nothing(fixture: Fixture) {
        fixture.add(vec![("u1", "CH", UserState::Blocked)]).await;
        let mut call = update(&fixture, "u1", &["suite"], &[]);
        call.shortage = ShortagePolicy::BuyMore;
        let updated = fixture.engine.update_user_licenses(call).await.unwrap();
        assert_eq!(first_outcome(&updated), Outcome::Failed);
        assert_eq!(fixture.purchases_journaled().await, []);
    }

    async fn a_user_who_holds_licenses_is_not_deleted_by_accident(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", Selector::All).await;
        let delete = DeleteUser {
            customer: fixture.customer.clone(),
            id: UserId::parse("u1").unwrap(),
            revision: None,
            force: false,
            principal: Principal::local(),
        };
        let error = fixture.engine.delete_user(delete).await.unwrap_err();
        assert!(matches!(error, EngineError::UserHasLicenses { licenses: 1, .. }), "{error}");
        assert_eq!(fixture.holdings().await, ["u1:suite"]);
    }

    async fn a_deleted_user_gives_their_seats_back(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        fixture.assign("suite", Selector::All).await;
        let delete = DeleteUser {
            customer: fixture.customer.clone(),
            id: UserId::parse("u1").unwrap(),
            revision: None,
            force: true,
            principal: Principal::local(),
        };
        fixture.engine.delete_user(delete).await.unwrap();
        assert_eq!(fixture.holdings().await, ["u2:suite"]);
        assert_eq!(fixture.entitlement("suite").await.available(), 1);
    }
}
