use std::time::Duration;

use seatkeeper_domain::{
    BatchMode, Outcome, Principal, ProductKey, ShortagePolicy, UserState, ViolationType,
};
use seatkeeper_engine::{BatchRequest, DryRunEvent, PurchaseSeats, Selector};

use crate::fixture::{CHUNK, Fixture, outcomes, read_to_end, request_id};
use crate::stores::on_every_store;

const SUITE: ProductKey = ProductKey(0);
const ADDON: ProductKey = ProductKey(2);

fn buying(fixture: &Fixture, assign: &[&str]) -> BatchRequest {
    BatchRequest {
        shortage: ShortagePolicy::BuyMore,
        ..fixture.request(assign, &[])
    }
}

fn seats(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

on_every_store! {
    async fn only_the_missing_seats_are_bought(fixture: Fixture) {
        fixture.add_users(3 * CHUNK).await;
        fixture.buy("suite", seats(CHUNK + 1)).await;
        let (results, batch) = fixture.run(buying(&fixture, &["suite"]), Selector::All).await;
        assert!(results.iter().all(|result| result.products[0].1 == Outcome::Assigned));
        let bought = seats(2 * CHUNK - 1);
        assert_eq!(batch.seats_bought, [(SUITE, bought)]);
        let suite = fixture.entitlement("suite").await;
        assert_eq!((suite.units.active, suite.available()), (seats(3 * CHUNK), 0));
    }

    async fn a_batch_makes_one_purchase_that_grows_with_it(fixture: Fixture) {
        fixture.add_users(3 * CHUNK).await;
        let (_, batch) = fixture.run(buying(&fixture, &["suite"]), Selector::All).await;
        let purchases = fixture.entitlement("suite").await.entitlement.purchases;
        let [purchase] = &*purchases else { panic!("{purchases:?}") };
        assert_eq!(purchase.id.as_str(), batch.id.as_str());
        assert_eq!((purchase.seats, purchase.end_time), (seats(3 * CHUNK), None));
        let grown = [1, 2, 3].map(|chunk| (batch.id.as_str().to_owned(), seats(chunk * CHUNK)));
        assert_eq!(fixture.purchases_journaled().await, grown);
    }

    async fn users_who_fail_for_another_reason_have_nothing_bought(fixture: Fixture) {
        let people = vec![
            ("u1", "CH", UserState::Active),
            ("u2", "CH", UserState::Blocked),
            ("u3", "", UserState::Active),
            ("u4", "IN", UserState::Active),
        ];
        fixture.add(people).await;
        let (results, batch) = fixture.run(buying(&fixture, &["suite", "addon"]), Selector::All).await;
        assert_eq!(outcomes(&results)[0], ("u1", Outcome::Assigned));
        assert_eq!(batch.counts.users_failed, 3);
        assert_eq!(batch.seats_bought, [(SUITE, 1), (ADDON, 1)]);
    }

    async fn by_license_only_what_is_assigned_is_bought(fixture: Fixture) {
        fixture.add_users(2).await;
        let mut request = buying(&fixture, &["suite", "lite"]);
        request.mode = BatchMode::PerLicense;
        let (_, batch) = fixture.run(request, Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.counts.failed), (0, 4));
        assert_eq!(batch.seats_bought, []);
        let mut request = buying(&fixture, &["suite", "addon"]);
        request.mode = BatchMode::PerLicense;
        let (_, batch) = fixture.run(request, Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, 2), (ADDON, 2)]);
    }

    async fn a_user_who_holds_the_product_needs_no_seat(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 2).await;
        fixture.assign("suite", crate::fixture::users(&["u1", "u2"])).await;
        let (_, batch) = fixture.run(buying(&fixture, &["suite"]), Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, 1)]);
    }

    async fn all_or_nothing_buys_for_all_users_or_none(fixture: Fixture) {
        fixture.add_users(2 * CHUNK).await;
        fixture.buy("suite", 3).await;
        let mut request = buying(&fixture, &["suite"]);
        request.mode = BatchMode::AllOrNothing;
        let (_, batch) = fixture.run(request.clone(), Selector::All).await;
        assert_eq!(batch.counts.assigned, seats(2 * CHUNK));
        assert_eq!(batch.seats_bought, [(SUITE, seats(2 * CHUNK) - 3)]);
        assert_eq!(fixture.entitlement("suite").await.entitlement.purchases.len(), 2);

        request.change = crate::fixture::change(&["addon"], &[]);
        fixture.add(vec![("blocked", "CH", UserState::Blocked)]).await;
        let (_, batch) = fixture.run(request, Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.seats_bought), (0, Vec::new()));
        assert_eq!(fixture.purchases_journaled().await.len(), 2);
    }

    async fn the_seats_of_those_whose_seats_lapsed_are_bought_too(fixture: Fixture) {
        fixture.add_users(3).await;
        let lapsing = PurchaseSeats {
            end_time: Some(fixture.clock.day(1)),
            ..fixture.purchase("suite", 2)
        };
        fixture.engine.purchase_seats(lapsing).await.unwrap();
        fixture.assign("suite", crate::fixture::users(&["u1", "u2"])).await;
        fixture.clock.pass(40);
        let (_, batch) = fixture.run(buying(&fixture, &["suite"]), Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, 3)]);
        let suite = fixture.entitlement("suite").await;
        assert_eq!((suite.units.active, suite.available(), suite.unusable()), (3, 0, 0));
    }

    async fn a_dry_run_reports_the_purchase_and_buys_nothing(fixture: Fixture) {
        fixture.add_users(3 * CHUNK).await;
        fixture.buy("suite", 2).await;
        for mode in [BatchMode::PerUser, BatchMode::PerLicense, BatchMode::AllOrNothing] {
            let mut request = buying(&fixture, &["suite"]);
            request.mode = mode;
            let mut dry_run = fixture.engine.dry_run_batch(request, Selector::All).await.unwrap();
            let mut bought = None;
            while let Some(event) = dry_run.next().await.unwrap() {
                if let DryRunEvent::Finished { seats_bought, counts, .. } = event {
                    bought = Some((seats_bought, counts.failed));
                }
            }
            let expected = vec![(SUITE, seats(3 * CHUNK) - 2)];
            assert_eq!(bought, Some((expected, 0)), "{mode:?}");
        }
        assert_eq!(fixture.entitlement("suite").await.units.active, 2);
    }

    async fn an_entitlement_with_as_many_purchases_as_it_may_have_runs_out(fixture: Fixture) {
        fixture.add_users(6).await;
        for _ in 0..4 {
            fixture.buy("suite", 1).await;
        }
        let (results, batch) = fixture.run(buying(&fixture, &["suite"]), Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.seats_bought), (4, Vec::new()));
        assert_eq!(results[5].products[0].2, [ViolationType::SeatsExhausted]);
    }

    async fn a_batch_whose_purchase_is_the_last_one_allowed_goes_on_growing_it(fixture: Fixture) {
        fixture.add_users(3 * CHUNK).await;
        for _ in 0..3 {
            fixture.buy("suite", 1).await;
        }
        let (_, batch) = fixture.run(buying(&fixture, &["suite"]), Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, seats(3 * CHUNK) - 3)]);
    }

    async fn the_same_request_never_buys_twice(fixture: Fixture) {
        fixture.add_users(2 * CHUNK).await;
        let mut request = buying(&fixture, &["suite"]);
        request.request_id = Some(request_id("once"));
        let calls = (0..4).map(|_| fixture.start(request.clone(), Selector::All));
        let started = futures::future::try_join_all(calls).await.unwrap();
        for started in started {
            let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
            read_to_end(stream).await;
        }
        assert_eq!(fixture.entitlement("suite").await.units.active, seats(2 * CHUNK));
    }

    async fn a_batch_that_goes_on_elsewhere_buys_for_the_rest_alone(fixture: Fixture) {
        fixture.add_users(8 * CHUNK).await;
        let dying = fixture.another_engine();
        let request = buying(&fixture, &["suite"]);
        let started = dying.start_batch(request, Selector::All).await.unwrap();
        dying.drain(Duration::from_secs(10)).await;
        let id = started.batch.id;
        let stream = fixture.engine.follow_batch(&fixture.customer, &id, 0).await.unwrap();
        let (results, batch) = read_to_end(stream).await;
        assert_eq!(results.len(), 8 * CHUNK);
        assert_eq!(batch.seats_bought, [(SUITE, seats(8 * CHUNK))]);
        assert_eq!(fixture.entitlement("suite").await.units.active, seats(8 * CHUNK));
    }

    async fn a_cancelled_batch_keeps_what_it_bought_for_those_it_reached(fixture: Fixture) {
        fixture.add_users(90).await;
        let started = fixture.start(buying(&fixture, &["suite"]), Selector::All).await.unwrap();
        let id = started.batch.id.clone();
        // A fast store such as the model may finish the batch before the cancellation arrives.
        drop(fixture.engine.cancel_batch(&fixture.customer, &id, Principal::local()).await);
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        let (_, batch) = read_to_end(stream).await;
        let bought: i64 = batch.seats_bought.iter().map(|(_, seats)| seats).sum();
        assert_eq!(bought, batch.counts.assigned);
    }
}
