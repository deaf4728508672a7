use seatkeeper_domain::{Effect, LicenseChanges, Outcome, UserId};
use seatkeeper_engine::{EngineError, ReduceSeats, SeatReleaseProblem, Selector};

use crate::fixture::{Fixture, received, request_id, users};
use crate::stores::on_every_store;

fn reduction(fixture: &Fixture, product: &str, seats: i64, names: &[&str]) -> ReduceSeats {
    ReduceSeats {
        release_users: names
            .iter()
            .map(|name| UserId::parse(name).unwrap())
            .collect(),
        ..fixture.reduction(product, seats)
    }
}

fn outcomes_of(changes: Option<&LicenseChanges>) -> Vec<(String, Outcome)> {
    let results = changes.unwrap().results().map(received);
    results
        .map(|result| (result.user, result.products[0].1))
        .collect()
}

fn problems(error: EngineError) -> Vec<(String, SeatReleaseProblem)> {
    let EngineError::SeatReleaseRejected(rejections) = error else {
        panic!("{error}")
    };
    let rejections = rejections.into_iter();
    rejections
        .map(|rejection| {
            let user = rejection.user.name.rsplit('/').next().unwrap().to_owned();
            (user, rejection.problem)
        })
        .collect()
}

on_every_store! {
    async fn seats_are_released_in_request_order(fixture: Fixture) {
        fixture.add_users(4).await;
        fixture.buy("suite", 4).await;
        fixture.assign("suite", Selector::All).await;
        let reduce = reduction(&fixture, "suite", 2, &["u3", "u1"]);
        let reduced = fixture.engine.reduce_seats(reduce).await.unwrap();
        let expected = ["u3", "u1"].map(|user| (user.to_owned(), Outcome::Revoked));
        assert_eq!(outcomes_of(reduced.released.as_ref()), expected);
        assert_eq!(fixture.holdings().await, ["u2:suite", "u4:suite"]);
        let left = fixture.entitlement("suite").await;
        assert_eq!((left.units.active, left.entitlement.assigned, left.available()), (2, 2, 0));
        assert_eq!(reduced.entitlement.entitlement, left.entitlement);
    }

    async fn the_licenses_and_the_purchase_are_journaled_together(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", Selector::All).await;
        let before = fixture.journal().await.len();
        let reduce = reduction(&fixture, "suite", 1, &["u1"]);
        fixture.engine.reduce_seats(reduce).await.unwrap();
        let written = &fixture.journal().await[before..];
        assert!(
            matches!(written, [Effect::LicensesChanged(_), Effect::PurchaseChanged { .. }]),
            "{written:?}"
        );
    }

    async fn a_rejected_seat_release_changes_nothing(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 3).await;
        fixture.buy("addon", 3).await;
        fixture.assign("suite", users(&["u1", "u2"])).await;
        fixture.assign("addon", users(&["u2"])).await;
        let before = fixture.journal().await.len();
        let reduce = reduction(&fixture, "suite", 1, &["u1", "u2", "u3", "ghost"]);
        let error = fixture.engine.reduce_seats(reduce).await.unwrap_err();
        let addon = seatkeeper_domain::ProductId::parse("addon").unwrap();
        let expected = [
            ("u2", SeatReleaseProblem::NeededBy(addon)),
            ("u3", SeatReleaseProblem::NotHeld),
            ("ghost", SeatReleaseProblem::NoSuchUser),
        ];
        assert_eq!(problems(error), expected.map(|(user, problem)| (user.to_owned(), problem)));
        assert_eq!(fixture.journal().await.len(), before);
        assert_eq!(fixture.entitlement("suite").await.units.active, 3);
    }

    async fn too_few_released_seats_change_nothing(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 3).await;
        fixture.assign("suite", Selector::All).await;
        let reduce = reduction(&fixture, "suite", 2, &["u1"]);
        let error = fixture.engine.reduce_seats(reduce).await.unwrap_err();
        assert!(matches!(error, EngineError::SeatsInUse { in_use: 2, remaining: 1, .. }), "{error}");
        assert_eq!(fixture.holdings().await.len(), 3);
    }

    async fn more_seats_may_be_released_than_are_given_back(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 3).await;
        fixture.assign("suite", Selector::All).await;
        let reduce = reduction(&fixture, "suite", 1, &["u1", "u2"]);
        let reduced = fixture.engine.reduce_seats(reduce).await.unwrap();
        assert_eq!(reduced.entitlement.available(), 1);
    }

    async fn a_repeated_reduction_answers_with_the_same_results(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        fixture.assign("suite", Selector::All).await;
        let mut reduce = reduction(&fixture, "suite", 1, &["u2"]);
        reduce.request_id = Some(request_id("once"));
        let first = fixture.engine.reduce_seats(reduce.clone()).await.unwrap();
        let again = fixture.engine.reduce_seats(reduce.clone()).await.unwrap();
        assert_eq!(first.released, again.released);
        assert_eq!(fixture.holdings().await, ["u1:suite"]);
        assert_eq!(fixture.entitlement("suite").await.units.active, 1);
        reduce.release_users.clear();
        let error = fixture.engine.reduce_seats(reduce).await.unwrap_err();
        assert!(matches!(error, EngineError::RequestIdReused { .. }), "{error}");
    }

    async fn a_dry_run_of_a_reduction_reports_the_results_and_changes_nothing(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        fixture.assign("suite", Selector::All).await;
        let mut reduce = reduction(&fixture, "suite", 1, &["u2"]);
        reduce.validate_only = true;
        let reduced = fixture.engine.reduce_seats(reduce).await.unwrap();
        assert_eq!(outcomes_of(reduced.released.as_ref()), [("u2".to_owned(), Outcome::Revoked)]);
        let view = &reduced.entitlement;
        assert_eq!((view.units.active, view.entitlement.assigned), (1, 1));
        let now = fixture.entitlement("suite").await;
        assert_eq!((now.units.active, now.entitlement.assigned), (2, 2));
        assert_eq!(fixture.holdings().await.len(), 2);
    }

    async fn no_user_releases_a_seat_twice(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 2).await;
        fixture.assign("suite", Selector::All).await;
        let reduce = reduction(&fixture, "suite", 1, &["u1", "u1"]);
        let error = fixture.engine.reduce_seats(reduce).await.unwrap_err();
        let EngineError::Invalid(wrong) = error else { panic!("{error}") };
        assert_eq!(wrong[0].field, "release_users[1]");
    }
}
