use seatkeeper_domain::{Outcome, Principal, ProductId, PurchaseId, Timestamp, ViolationType};
use seatkeeper_engine::{
    EngineError, EntitlementView, Invalid, LimitKind, PurchaseSeats, RenewPurchase, Selector,
};

use crate::fixture::{Fixture, outcomes, request_id};
use crate::stores::on_every_store;

fn order(fixture: &Fixture, id: &str, seats: i64, end_time: Option<Timestamp>) -> PurchaseSeats {
    PurchaseSeats {
        purchase: Some(PurchaseId::parse(id).unwrap()),
        end_time,
        ..fixture.purchase("suite", seats)
    }
}

fn renewal(fixture: &Fixture, id: &str, end_time: Option<Timestamp>) -> RenewPurchase {
    RenewPurchase {
        customer: fixture.customer.clone(),
        product: ProductId::parse("suite").unwrap(),
        purchase: PurchaseId::parse(id).unwrap(),
        end_time,
        revision: None,
        request_id: None,
        validate_only: false,
        principal: Principal::local(),
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
    async fn seats_lapse_into_grace_and_then_into_suspension(fixture: Fixture) {
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 5, end)).await.unwrap();
        fixture.engine.purchase_seats(order(&fixture, "b", 3, None)).await.unwrap();
        let mut seen = Vec::new();
        for days in [0, 11, 30] {
            fixture.clock.pass(days);
            seen.push(units(&fixture.entitlement("suite").await));
        }
        assert_eq!(seen, [(8, 0, 0), (3, 5, 0), (3, 0, 5)]);
    }

    async fn seats_in_grace_are_assigned_with_a_warning_and_suspended_ones_not(fixture: Fixture) {
        fixture.add_users(2).await;
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 2, end)).await.unwrap();
        fixture.clock.pass(11);
        let (results, _) = fixture.assign("suite", crate::fixture::users(&["u1"])).await;
        assert_eq!(outcomes(&results), [("u1", Outcome::Assigned)]);
        fixture.clock.pass(30);
        let (results, _) = fixture.assign("suite", crate::fixture::users(&["u2"])).await;
        assert_eq!(results[0].products[0].2, [ViolationType::EntitlementSuspended]);
    }

    async fn suspended_licenses_stay_assigned_and_a_renewal_reactivates_them(fixture: Fixture) {
        fixture.add_users(3).await;
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 3, end)).await.unwrap();
        fixture.assign("suite", Selector::All).await;
        fixture.clock.pass(50);
        let lapsed = fixture.entitlement("suite").await;
        assert_eq!((units(&lapsed), lapsed.entitlement.assigned), ((0, 0, 3), 3));
        assert_eq!((lapsed.available(), lapsed.unusable()), (-3, 3));
        let end = Some(fixture.clock.day(90));
        let renewed = fixture.engine.renew_purchase(renewal(&fixture, "a", end)).await.unwrap();
        assert_eq!((units(&renewed), renewed.available(), renewed.unusable()), ((3, 0, 0), 0, 0));
    }

    async fn a_purchase_to_come_counts_from_its_start(fixture: Fixture) {
        let mut purchase = fixture.purchase("suite", 4);
        purchase.start_time = Some(fixture.clock.day(3));
        fixture.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(fixture.entitlement("suite").await.available(), 0);
        fixture.clock.pass(4);
        assert_eq!(fixture.entitlement("suite").await.available(), 4);
    }

    async fn time_passing_is_not_journaled_but_a_renewal_is(fixture: Fixture) {
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 3, end)).await.unwrap();
        let before = fixture.journal().await.len();
        fixture.clock.pass(50);
        fixture.entitlement("suite").await;
        assert_eq!(fixture.journal().await.len(), before);
        fixture.engine.renew_purchase(renewal(&fixture, "a", None)).await.unwrap();
        let journaled = [("a".to_owned(), 3), ("a".to_owned(), 3)];
        assert_eq!(fixture.purchases_journaled().await, journaled);
    }

    async fn a_renewal_moves_the_end_forward_only(fixture: Fixture) {
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 3, end)).await.unwrap();
        for wrong in [10, 9] {
            let renew = renewal(&fixture, "a", Some(fixture.clock.day(wrong)));
            let error = fixture.engine.renew_purchase(renew).await.unwrap_err();
            assert_eq!(wrong_field(&error), "end_time");
        }
        fixture.engine.renew_purchase(renewal(&fixture, "a", None)).await.unwrap();
        let error = fixture.engine.renew_purchase(renewal(&fixture, "a", None)).await.unwrap_err();
        assert_eq!(wrong_field(&error), "end_time");
    }

    async fn a_missing_purchase_is_not_renewed(fixture: Fixture) {
        let error = fixture.engine.renew_purchase(renewal(&fixture, "a", None)).await.unwrap_err();
        assert!(error.to_string().ends_with("entitlements/suite does not exist"), "{error}");
        fixture.buy("suite", 1).await;
        let error = fixture.engine.renew_purchase(renewal(&fixture, "a", None)).await.unwrap_err();
        assert!(error.to_string().ends_with("purchases/a does not exist"), "{error}");
    }

    async fn a_repeated_renewal_renews_once(fixture: Fixture) {
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 3, end)).await.unwrap();
        let mut renew = renewal(&fixture, "a", Some(fixture.clock.day(20)));
        renew.request_id = Some(request_id("once"));
        let first = fixture.engine.renew_purchase(renew.clone()).await.unwrap();
        let again = fixture.engine.renew_purchase(renew.clone()).await.unwrap();
        assert_eq!(first.entitlement, again.entitlement);
        renew.end_time = Some(fixture.clock.day(30));
        let error = fixture.engine.renew_purchase(renew).await.unwrap_err();
        assert!(matches!(error, EngineError::RequestIdReused { .. }), "{error}");
    }

    async fn a_dry_renewal_changes_nothing(fixture: Fixture) {
        let end = Some(fixture.clock.day(10));
        fixture.engine.purchase_seats(order(&fixture, "a", 3, end)).await.unwrap();
        let before = fixture.entitlement("suite").await.entitlement;
        let mut renew = renewal(&fixture, "a", None);
        renew.validate_only = true;
        renew.request_id = Some(request_id("dry"));
        let replayed = fixture.engine.renew_purchase(renew.clone()).await.unwrap();
        assert_eq!(replayed.entitlement.purchases[0].end_time, None);
        assert_eq!(fixture.entitlement("suite").await.entitlement, before);
        renew.validate_only = false;
        fixture.engine.renew_purchase(renew).await.unwrap();
        assert_ne!(fixture.entitlement("suite").await.entitlement, before);
    }

    async fn an_etag_that_is_no_longer_right_stops_a_purchase(fixture: Fixture) {
        let first = fixture.buy("suite", 1).await.entitlement.revision;
        fixture.buy("suite", 1).await;
        let mut purchase = fixture.purchase("suite", 1);
        purchase.revision = Some(first);
        let error = fixture.engine.purchase_seats(purchase).await.unwrap_err();
        assert!(matches!(error, EngineError::EtagMismatch(_)), "{error}");
        assert_eq!(fixture.entitlement("suite").await.units.active, 2);
    }

    async fn a_purchase_repeated_under_its_id_answers_although_its_etag_has_changed(fixture: Fixture) {
        let revision = fixture.buy("suite", 1).await.entitlement.revision;
        let mut purchase = fixture.purchase("suite", 2);
        purchase.revision = Some(revision);
        purchase.request_id = Some(request_id("once"));
        let first = fixture.engine.purchase_seats(purchase.clone()).await.unwrap();
        let again = fixture.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(first.purchase, again.purchase);
        assert_eq!(fixture.entitlement("suite").await.units.active, 3);
    }

    async fn a_purchase_repeated_after_its_end_answers_as_before(fixture: Fixture) {
        let mut purchase = order(&fixture, "a", 1, Some(fixture.clock.day(1)));
        purchase.request_id = Some(request_id("once"));
        fixture.engine.purchase_seats(purchase.clone()).await.unwrap();
        fixture.clock.pass(2);
        let again = fixture.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(units(&again.entitlement), (0, 1, 0));
    }

    async fn a_dry_purchase_keeps_its_request_id_free(fixture: Fixture) {
        let mut purchase = fixture.purchase("suite", 2);
        purchase.request_id = Some(request_id("once"));
        purchase.validate_only = true;
        let replayed = fixture.engine.purchase_seats(purchase.clone()).await.unwrap();
        assert_eq!(replayed.entitlement.units.active, 2);
        purchase.validate_only = false;
        fixture.engine.purchase_seats(purchase.clone()).await.unwrap();
        purchase.validate_only = true;
        fixture.engine.purchase_seats(purchase).await.unwrap();
        assert_eq!(fixture.entitlement("suite").await.units.active, 2);
    }

    async fn an_entitlement_takes_so_many_purchases_and_no_more(fixture: Fixture) {
        for _ in 0..4 {
            fixture.buy("suite", 1).await;
        }
        let error = fixture.engine.purchase_seats(fixture.purchase("suite", 1)).await.unwrap_err();
        let EngineError::Limit { kind, given, max } = error else { panic!("{error}") };
        assert_eq!((kind, given, max), (LimitKind::EntitlementPurchases, 5, 4));
        fixture.engine.reduce_seats(fixture.reduction("suite", 1)).await.unwrap();
        fixture.buy("suite", 7).await;
        assert_eq!(fixture.entitlement("suite").await.units.active, 10);
    }

    async fn seats_in_use_cannot_be_given_back(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 3).await;
        fixture.assign("suite", Selector::All).await;
        let error = fixture.engine.reduce_seats(fixture.reduction("suite", 2)).await.unwrap_err();
        assert!(matches!(error, EngineError::SeatsInUse { in_use: 2, remaining: 1, .. }));
        let reduced = fixture.engine.reduce_seats(fixture.reduction("suite", 1)).await.unwrap();
        assert_eq!(reduced.entitlement.available(), 0);
    }

    async fn suspended_seats_are_given_back_although_they_are_assigned(fixture: Fixture) {
        fixture.add_users(2).await;
        let end = Some(fixture.clock.day(1));
        fixture.engine.purchase_seats(order(&fixture, "a", 2, end)).await.unwrap();
        fixture.assign("suite", Selector::All).await;
        fixture.clock.pass(40);
        fixture.engine.reduce_seats(fixture.reduction("suite", 2)).await.unwrap();
        let left = fixture.entitlement("suite").await;
        assert_eq!((left.entitlement.purchases.len(), left.entitlement.assigned), (0, 2));
    }

    async fn seats_come_off_the_newest_purchase_first(fixture: Fixture) {
        for (id, seats) in [("a", 3), ("b", 2)] {
            fixture.engine.purchase_seats(order(&fixture, id, seats, None)).await.unwrap();
        }
        fixture.engine.reduce_seats(fixture.reduction("suite", 3)).await.unwrap();
        let left = fixture.entitlement("suite").await.entitlement.purchases;
        assert_eq!((left.len(), left[0].id.as_str(), left[0].seats), (1, "a", 2));
    }

    async fn more_than_was_purchased_is_no_reduction(fixture: Fixture) {
        fixture.engine.purchase_seats(order(&fixture, "a", 3, None)).await.unwrap();
        fixture.engine.purchase_seats(order(&fixture, "b", 2, None)).await.unwrap();
        let error = fixture.engine.reduce_seats(fixture.reduction("suite", 6)).await.unwrap_err();
        assert_eq!(wrong_field(&error), "seat_count");
        let mut of_one = fixture.reduction("suite", 4);
        of_one.purchase = Some(PurchaseId::parse("a").unwrap());
        let error = fixture.engine.reduce_seats(of_one).await.unwrap_err();
        assert_eq!(wrong_field(&error), "seat_count");
    }
}
