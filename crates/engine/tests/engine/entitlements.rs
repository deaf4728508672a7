use seatkeeper_domain::{Actor, Outcome, ProductId, PurchaseId, Timestamp, ViolationType};
use seatkeeper_engine::{
    EngineError, EntitlementView, Invalid, LimitKind, PurchaseSeats, RenewPurchase, Selector,
};

use crate::stores::on_every_store;
use crate::world::{World, outcomes, request_id};

fn order(world: &World, id: &str, seats: i64, end_time: Option<Timestamp>) -> PurchaseSeats {
    PurchaseSeats {
        purchase: Some(PurchaseId::parse(id).unwrap()),
        end_time,
        ..world.purchase("suite", seats)
    }
}

fn renewal(world: &World, id: &str, end_time: Option<Timestamp>) -> RenewPurchase {
    RenewPurchase {
        customer: world.customer.clone(),
        product: ProductId::parse("suite").unwrap(),
        purchase: PurchaseId::parse(id).unwrap(),
        end_time,
        revision: None,
        request_id: None,
        validate_only: false,
        actor: Actor::local(),
    }
}

fn units(view: &EntitlementView) -> (i64, i64, i64) {
    (view.units.active, view.units.warning, view.units.suspended)
}

fn wrong_field(error: &EngineError) -> &str {
    let EngineError::Invalid(wrong) = error else {
        panic!("{error}")
    };
    let [Invalid { field, .. }] = &**wrong else {
        panic!("{wrong:?}")
    };
    field
}

on_every_store! {
    async fn seats_lapse_into_grace_and_then_into_suspension(world: World) {
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 5, end)).await.unwrap();
        world.engine.purchase_seats(order(&world, "b", 3, None)).await.unwrap();
        let mut seen = Vec::new();
        for days in [0, 11, 30] {
            world.clock.pass(days);
            seen.push(units(&world.entitlement("suite").await));
        }
        assert_eq!(seen, [(8, 0, 0), (3, 5, 0), (3, 0, 5)]);
    }

    async fn seats_in_grace_are_assigned_with_a_warning_and_suspended_ones_not(world: World) {
        world.add_users(2).await;
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 2, end)).await.unwrap();
        world.clock.pass(11);
        let (told, _) = world.assign("suite", crate::world::users(&["u1"])).await;
        assert_eq!(outcomes(&told), [("u1", Outcome::Assigned)]);
        world.clock.pass(30);
        let (told, _) = world.assign("suite", crate::world::users(&["u2"])).await;
        assert_eq!(told[0].products[0].2, [ViolationType::EntitlementSuspended]);
    }

    async fn what_is_suspended_stays_assigned_and_a_renewal_brings_it_back(world: World) {
        world.add_users(3).await;
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 3, end)).await.unwrap();
        world.assign("suite", Selector::All).await;
        world.clock.pass(50);
        let lapsed = world.entitlement("suite").await;
        assert_eq!((units(&lapsed), lapsed.entitlement.assigned), ((0, 0, 3), 3));
        assert_eq!((lapsed.available(), lapsed.unusable()), (-3, 3));
        let end = Some(world.clock.day(90));
        let renewed = world.engine.renew_purchase(renewal(&world, "a", end)).await.unwrap();
        assert_eq!((units(&renewed), renewed.available(), renewed.unusable()), ((3, 0, 0), 0, 0));
    }

    async fn a_purchase_to_come_counts_from_its_start(world: World) {
        let mut purchase = world.purchase("suite", 4);
        purchase.start_time = Some(world.clock.day(3));
        world.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(world.entitlement("suite").await.available(), 0);
        world.clock.pass(4);
        assert_eq!(world.entitlement("suite").await.available(), 4);
    }

    async fn time_passing_is_not_journaled_but_a_renewal_is(world: World) {
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 3, end)).await.unwrap();
        let before = world.journal().await.len();
        world.clock.pass(50);
        world.entitlement("suite").await;
        assert_eq!(world.journal().await.len(), before);
        world.engine.renew_purchase(renewal(&world, "a", None)).await.unwrap();
        let journaled = [("a".to_owned(), 3), ("a".to_owned(), 3)];
        assert_eq!(world.purchases_journaled().await, journaled);
    }

    async fn a_renewal_moves_the_end_forward_only(world: World) {
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 3, end)).await.unwrap();
        for wrong in [10, 9] {
            let renew = renewal(&world, "a", Some(world.clock.day(wrong)));
            let error = world.engine.renew_purchase(renew).await.unwrap_err();
            assert_eq!(wrong_field(&error), "end_time");
        }
        world.engine.renew_purchase(renewal(&world, "a", None)).await.unwrap();
        let error = world.engine.renew_purchase(renewal(&world, "a", None)).await.unwrap_err();
        assert_eq!(wrong_field(&error), "end_time");
    }

    async fn what_does_not_exist_is_not_renewed(world: World) {
        let error = world.engine.renew_purchase(renewal(&world, "a", None)).await.unwrap_err();
        assert!(error.to_string().ends_with("entitlements/suite does not exist"), "{error}");
        world.buy("suite", 1).await;
        let error = world.engine.renew_purchase(renewal(&world, "a", None)).await.unwrap_err();
        assert!(error.to_string().ends_with("purchases/a does not exist"), "{error}");
    }

    async fn a_repeated_renewal_renews_once(world: World) {
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 3, end)).await.unwrap();
        let mut renew = renewal(&world, "a", Some(world.clock.day(20)));
        renew.request_id = Some(request_id("once"));
        let first = world.engine.renew_purchase(renew.clone()).await.unwrap();
        let again = world.engine.renew_purchase(renew.clone()).await.unwrap();
        assert_eq!(first.entitlement, again.entitlement);
        renew.end_time = Some(world.clock.day(30));
        let error = world.engine.renew_purchase(renew).await.unwrap_err();
        assert!(matches!(error, EngineError::RequestIdReused { .. }), "{error}");
    }

    async fn a_dry_renewal_changes_nothing(world: World) {
        let end = Some(world.clock.day(10));
        world.engine.purchase_seats(order(&world, "a", 3, end)).await.unwrap();
        let before = world.entitlement("suite").await.entitlement;
        let mut renew = renewal(&world, "a", None);
        renew.validate_only = true;
        renew.request_id = Some(request_id("dry"));
        let told = world.engine.renew_purchase(renew.clone()).await.unwrap();
        assert_eq!(told.entitlement.purchases[0].end_time, None);
        assert_eq!(world.entitlement("suite").await.entitlement, before);
        renew.validate_only = false;
        world.engine.renew_purchase(renew).await.unwrap();
        assert_ne!(world.entitlement("suite").await.entitlement, before);
    }

    async fn an_etag_that_is_no_longer_right_stops_a_purchase(world: World) {
        let first = world.buy("suite", 1).await.entitlement.revision;
        world.buy("suite", 1).await;
        let mut purchase = world.purchase("suite", 1);
        purchase.revision = Some(first);
        let error = world.engine.purchase_seats(purchase).await.unwrap_err();
        assert!(matches!(error, EngineError::EtagMismatch(_)), "{error}");
        assert_eq!(world.entitlement("suite").await.units.active, 2);
    }

    async fn a_purchase_repeated_under_its_id_answers_although_its_etag_has_changed(world: World) {
        let revision = world.buy("suite", 1).await.entitlement.revision;
        let mut purchase = world.purchase("suite", 2);
        purchase.revision = Some(revision);
        purchase.request_id = Some(request_id("once"));
        let first = world.engine.purchase_seats(purchase.clone()).await.unwrap();
        let again = world.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(first.purchase, again.purchase);
        assert_eq!(world.entitlement("suite").await.units.active, 3);
    }

    async fn a_purchase_repeated_after_its_end_answers_as_before(world: World) {
        let mut purchase = order(&world, "a", 1, Some(world.clock.day(1)));
        purchase.request_id = Some(request_id("once"));
        world.engine.purchase_seats(purchase.clone()).await.unwrap();
        world.clock.pass(2);
        let again = world.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(units(&again.entitlement), (0, 1, 0));
    }

    async fn a_dry_purchase_keeps_its_request_id_free(world: World) {
        let mut purchase = world.purchase("suite", 2);
        purchase.request_id = Some(request_id("once"));
        purchase.validate_only = true;
        let told = world.engine.purchase_seats(purchase.clone()).await.unwrap();
        assert_eq!(told.entitlement.units.active, 2);
        purchase.validate_only = false;
        world.engine.purchase_seats(purchase.clone()).await.unwrap();
        purchase.validate_only = true;
        world.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(world.entitlement("suite").await.units.active, 2);
    }

    async fn an_entitlement_takes_so_many_purchases_and_no_more(world: World) {
        for _ in 0..4 {
            world.buy("suite", 1).await;
        }
        let error = world.engine.purchase_seats(world.purchase("suite", 1)).await.unwrap_err();
        let EngineError::Limit { kind, given, max } = error else { panic!("{error}") };
        assert_eq!((kind, given, max), (LimitKind::EntitlementPurchases, 5, 4));
        world.engine.reduce_seats(world.reduction("suite", 1)).await.unwrap();
        world.buy("suite", 7).await;
        assert_eq!(world.entitlement("suite").await.units.active, 10);
    }

    async fn seats_in_use_cannot_be_given_back(world: World) {
        world.add_users(2).await;
        world.buy("suite", 3).await;
        world.assign("suite", Selector::All).await;
        let error = world.engine.reduce_seats(world.reduction("suite", 2)).await.unwrap_err();
        assert!(matches!(error, EngineError::SeatsInUse { in_use: 2, remaining: 1, .. }));
        let reduced = world.engine.reduce_seats(world.reduction("suite", 1)).await.unwrap();
        assert_eq!(reduced.entitlement.available(), 0);
    }

    async fn suspended_seats_are_given_back_although_they_are_assigned(world: World) {
        world.add_users(2).await;
        let end = Some(world.clock.day(1));
        world.engine.purchase_seats(order(&world, "a", 2, end)).await.unwrap();
        world.assign("suite", Selector::All).await;
        world.clock.pass(40);
        world.engine.reduce_seats(world.reduction("suite", 2)).await.unwrap();
        let left = world.entitlement("suite").await;
        assert_eq!((left.entitlement.purchases.len(), left.entitlement.assigned), (0, 2));
    }

    async fn seats_come_off_the_newest_purchase_first(world: World) {
        for (id, seats) in [("a", 3), ("b", 2)] {
            world.engine.purchase_seats(order(&world, id, seats, None)).await.unwrap();
        }
        world.engine.reduce_seats(world.reduction("suite", 3)).await.unwrap();
        let left = world.entitlement("suite").await.entitlement.purchases;
        assert_eq!((left.len(), left[0].id.as_str(), left[0].seats), (1, "a", 2));
    }

    async fn more_than_was_purchased_is_no_reduction(world: World) {
        world.engine.purchase_seats(order(&world, "a", 3, None)).await.unwrap();
        world.engine.purchase_seats(order(&world, "b", 2, None)).await.unwrap();
        let error = world.engine.reduce_seats(world.reduction("suite", 6)).await.unwrap_err();
        assert_eq!(wrong_field(&error), "seat_count");
        let mut of_one = world.reduction("suite", 4);
        of_one.purchase = Some(PurchaseId::parse("a").unwrap());
        let error = world.engine.reduce_seats(of_one).await.unwrap_err();
        assert_eq!(wrong_field(&error), "seat_count");
    }
}
