use seatkeeper_domain::{Effect, LicenseChanges, Outcome, UserId};
use seatkeeper_engine::{EngineError, GivingUpProblem, ReduceSeats, Selector};

use crate::stores::on_every_store;
use crate::world::{World, request_id, told_of, users};

fn reduction(world: &World, product: &str, seats: i64, names: &[&str]) -> ReduceSeats {
    ReduceSeats {
        giving_up: names
            .iter()
            .map(|name| UserId::parse(name).unwrap())
            .collect(),
        ..world.reduction(product, seats)
    }
}

fn told(changes: Option<&LicenseChanges>) -> Vec<(String, Outcome)> {
    let results = changes.unwrap().results().map(told_of);
    results
        .map(|told| (told.user, told.products[0].1))
        .collect()
}

fn problems(error: EngineError) -> Vec<(String, GivingUpProblem)> {
    let EngineError::GivingUpRefused(refusals) = error else {
        panic!("{error}")
    };
    let refusals = refusals.into_iter();
    refusals
        .map(|refusal| {
            let user = refusal.user.name.rsplit('/').next().unwrap().to_owned();
            (user, refusal.problem)
        })
        .collect()
}

on_every_store! {
    async fn users_give_their_seats_up_in_the_callers_order(world: World) {
        world.add_users(4).await;
        world.buy("suite", 4).await;
        world.assign("suite", Selector::All).await;
        let reduce = reduction(&world, "suite", 2, &["u3", "u1"]);
        let reduced = world.engine.reduce_seats(reduce).await.unwrap();
        let expected = ["u3", "u1"].map(|user| (user.to_owned(), Outcome::Revoked));
        assert_eq!(told(reduced.given_up.as_ref()), expected);
        assert_eq!(world.holdings().await, ["u2:suite", "u4:suite"]);
        let left = world.entitlement("suite").await;
        assert_eq!((left.units.active, left.entitlement.assigned, left.available()), (2, 2, 0));
        assert_eq!(reduced.entitlement.entitlement, left.entitlement);
    }

    async fn the_licenses_and_the_purchase_are_journaled_together(world: World) {
        world.add_users(1).await;
        world.buy("suite", 1).await;
        world.assign("suite", Selector::All).await;
        let before = world.journal().await.len();
        let reduce = reduction(&world, "suite", 1, &["u1"]);
        world.engine.reduce_seats(reduce).await.unwrap();
        let written = &world.journal().await[before..];
        assert!(
            matches!(written, [Effect::LicensesChanged(_), Effect::PurchaseChanged { .. }]),
            "{written:?}"
        );
    }

    async fn nothing_is_done_when_one_of_them_cant(world: World) {
        world.add_users(3).await;
        world.buy("suite", 3).await;
        world.buy("addon", 3).await;
        world.assign("suite", users(&["u1", "u2"])).await;
        world.assign("addon", users(&["u2"])).await;
        let before = world.journal().await.len();
        let reduce = reduction(&world, "suite", 1, &["u1", "u2", "u3", "ghost"]);
        let error = world.engine.reduce_seats(reduce).await.unwrap_err();
        let addon = seatkeeper_domain::ProductId::parse("addon").unwrap();
        let expected = [
            ("u2", GivingUpProblem::NeededBy(addon)),
            ("u3", GivingUpProblem::NotHeld),
            ("ghost", GivingUpProblem::NoSuchUser),
        ];
        assert_eq!(problems(error), expected.map(|(user, problem)| (user.to_owned(), problem)));
        assert_eq!(world.journal().await.len(), before);
        assert_eq!(world.entitlement("suite").await.units.active, 3);
    }

    async fn too_few_who_give_up_leave_everything_as_it_was(world: World) {
        world.add_users(3).await;
        world.buy("suite", 3).await;
        world.assign("suite", Selector::All).await;
        let reduce = reduction(&world, "suite", 2, &["u1"]);
        let error = world.engine.reduce_seats(reduce).await.unwrap_err();
        assert!(matches!(error, EngineError::SeatsInUse { in_use: 2, remaining: 1, .. }), "{error}");
        assert_eq!(world.holdings().await.len(), 3);
    }

    async fn more_may_give_up_than_seats_are_given_back(world: World) {
        world.add_users(3).await;
        world.buy("suite", 3).await;
        world.assign("suite", Selector::All).await;
        let reduce = reduction(&world, "suite", 1, &["u1", "u2"]);
        let reduced = world.engine.reduce_seats(reduce).await.unwrap();
        assert_eq!(reduced.entitlement.available(), 1);
    }

    async fn a_repeated_reduction_answers_with_the_same_results(world: World) {
        world.add_users(2).await;
        world.buy("suite", 2).await;
        world.assign("suite", Selector::All).await;
        let mut reduce = reduction(&world, "suite", 1, &["u2"]);
        reduce.request_id = Some(request_id("once"));
        let first = world.engine.reduce_seats(reduce.clone()).await.unwrap();
        let again = world.engine.reduce_seats(reduce.clone()).await.unwrap();
        assert_eq!(first.given_up, again.given_up);
        assert_eq!(world.holdings().await, ["u1:suite"]);
        assert_eq!(world.entitlement("suite").await.units.active, 1);
        reduce.giving_up.clear();
        let error = world.engine.reduce_seats(reduce).await.unwrap_err();
        assert!(matches!(error, EngineError::RequestIdReused { .. }), "{error}");
    }

    async fn a_dry_reduction_tells_the_results_and_changes_nothing(world: World) {
        world.add_users(2).await;
        world.buy("suite", 2).await;
        world.assign("suite", Selector::All).await;
        let mut reduce = reduction(&world, "suite", 1, &["u2"]);
        reduce.validate_only = true;
        let reduced = world.engine.reduce_seats(reduce).await.unwrap();
        assert_eq!(told(reduced.given_up.as_ref()), [("u2".to_owned(), Outcome::Revoked)]);
        let told = &reduced.entitlement;
        assert_eq!((told.units.active, told.entitlement.assigned), (1, 1));
        let now = world.entitlement("suite").await;
        assert_eq!((now.units.active, now.entitlement.assigned), (2, 2));
        assert_eq!(world.holdings().await.len(), 2);
    }

    async fn nobody_gives_up_a_seat_twice(world: World) {
        world.add_users(1).await;
        world.buy("suite", 2).await;
        world.assign("suite", Selector::All).await;
        let reduce = reduction(&world, "suite", 1, &["u1", "u1"]);
        let error = world.engine.reduce_seats(reduce).await.unwrap_err();
        let EngineError::Invalid(wrong) = error else { panic!("{error}") };
        assert_eq!(wrong[0].field, "users_giving_up[1]");
    }
}
