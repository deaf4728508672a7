use std::time::Duration;

use seatkeeper_domain::{
    Actor, BatchMode, Outcome, ProductKey, ShortagePolicy, UserState, ViolationType,
};
use seatkeeper_engine::{BatchRequest, PreviewEvent, PurchaseSeats, Selector};

use crate::stores::on_every_store;
use crate::world::{CHUNK, World, outcomes, read_to_end, request_id};

const SUITE: ProductKey = ProductKey(0);
const ADDON: ProductKey = ProductKey(2);

fn buying(world: &World, assign: &[&str]) -> BatchRequest {
    BatchRequest {
        shortage: ShortagePolicy::BuyMore,
        ..world.request(assign, &[])
    }
}

fn seats(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

on_every_store! {
    async fn what_is_missing_is_bought_and_no_more(world: World) {
        world.add_users(3 * CHUNK).await;
        world.buy("suite", seats(CHUNK + 1)).await;
        let (told, batch) = world.run(buying(&world, &["suite"]), Selector::All).await;
        assert!(told.iter().all(|told| told.products[0].1 == Outcome::Assigned));
        let bought = seats(2 * CHUNK - 1);
        assert_eq!(batch.seats_bought, [(SUITE, bought)]);
        let suite = world.entitlement("suite").await;
        assert_eq!((suite.units.active, suite.available()), (seats(3 * CHUNK), 0));
    }

    async fn a_batch_makes_one_purchase_that_grows_with_it(world: World) {
        world.add_users(3 * CHUNK).await;
        let (_, batch) = world.run(buying(&world, &["suite"]), Selector::All).await;
        let purchases = world.entitlement("suite").await.entitlement.purchases;
        let [purchase] = &*purchases else { panic!("{purchases:?}") };
        assert_eq!(purchase.id.as_str(), batch.id.as_str());
        assert_eq!((purchase.seats, purchase.end_time), (seats(3 * CHUNK), None));
        let grown = [1, 2, 3].map(|chunk| (batch.id.as_str().to_owned(), seats(chunk * CHUNK)));
        assert_eq!(world.purchases_journaled().await, grown);
    }

    async fn users_who_fail_for_another_reason_have_nothing_bought(world: World) {
        let people = vec![
            ("u1", "CH", UserState::Active),
            ("u2", "CH", UserState::Blocked),
            ("u3", "", UserState::Active),
            ("u4", "IN", UserState::Active),
        ];
        world.add(people).await;
        let (told, batch) = world.run(buying(&world, &["suite", "addon"]), Selector::All).await;
        assert_eq!(outcomes(&told)[0], ("u1", Outcome::Assigned));
        assert_eq!(batch.counts.users_failed, 3);
        assert_eq!(batch.seats_bought, [(SUITE, 1), (ADDON, 1)]);
    }

    async fn by_license_only_what_is_assigned_is_bought(world: World) {
        world.add_users(2).await;
        let mut request = buying(&world, &["suite", "lite"]);
        request.mode = BatchMode::PerLicense;
        let (_, batch) = world.run(request, Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.counts.failed), (0, 4));
        assert_eq!(batch.seats_bought, []);
        let mut request = buying(&world, &["suite", "addon"]);
        request.mode = BatchMode::PerLicense;
        let (_, batch) = world.run(request, Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, 2), (ADDON, 2)]);
    }

    async fn who_holds_the_product_needs_no_seat(world: World) {
        world.add_users(3).await;
        world.buy("suite", 2).await;
        world.assign("suite", crate::world::users(&["u1", "u2"])).await;
        let (_, batch) = world.run(buying(&world, &["suite"]), Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, 1)]);
    }

    async fn all_or_nothing_buys_for_all_or_nobody(world: World) {
        world.add_users(2 * CHUNK).await;
        world.buy("suite", 3).await;
        let mut request = buying(&world, &["suite"]);
        request.mode = BatchMode::AllOrNothing;
        let (_, batch) = world.run(request.clone(), Selector::All).await;
        assert_eq!(batch.counts.assigned, seats(2 * CHUNK));
        assert_eq!(batch.seats_bought, [(SUITE, seats(2 * CHUNK) - 3)]);
        assert_eq!(world.entitlement("suite").await.entitlement.purchases.len(), 2);

        request.change = crate::world::change(&["addon"], &[]);
        world.add(vec![("blocked", "CH", UserState::Blocked)]).await;
        let (_, batch) = world.run(request, Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.seats_bought), (0, Vec::new()));
        assert_eq!(world.purchases_journaled().await.len(), 2);
    }

    async fn the_seats_of_those_whose_seats_lapsed_are_bought_too(world: World) {
        world.add_users(3).await;
        let lapsing = PurchaseSeats {
            end_time: Some(world.clock.day(1)),
            ..world.purchase("suite", 2)
        };
        world.engine.purchase_seats(lapsing).await.unwrap();
        world.assign("suite", crate::world::users(&["u1", "u2"])).await;
        world.clock.pass(40);
        let (_, batch) = world.run(buying(&world, &["suite"]), Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, 3)]);
        let suite = world.entitlement("suite").await;
        assert_eq!((suite.units.active, suite.available(), suite.unusable()), (3, 0, 0));
    }

    async fn a_dry_run_tells_what_would_be_bought_and_buys_nothing(world: World) {
        world.add_users(3 * CHUNK).await;
        world.buy("suite", 2).await;
        for mode in [BatchMode::PerUser, BatchMode::PerLicense, BatchMode::AllOrNothing] {
            let mut request = buying(&world, &["suite"]);
            request.mode = mode;
            let mut preview = world.engine.preview_batch(request, Selector::All).await.unwrap();
            let mut bought = None;
            while let Some(event) = preview.next().await.unwrap() {
                if let PreviewEvent::Finished { seats_bought, counts, .. } = event {
                    bought = Some((seats_bought, counts.failed));
                }
            }
            let expected = vec![(SUITE, seats(3 * CHUNK) - 2)];
            assert_eq!(bought, Some((expected, 0)), "{mode:?}");
        }
        assert_eq!(world.entitlement("suite").await.units.active, 2);
    }

    async fn an_entitlement_with_as_many_purchases_as_it_may_have_runs_out(world: World) {
        world.add_users(6).await;
        for _ in 0..4 {
            world.buy("suite", 1).await;
        }
        let (told, batch) = world.run(buying(&world, &["suite"]), Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.seats_bought), (4, Vec::new()));
        assert_eq!(told[5].products[0].2, [ViolationType::SeatsExhausted]);
    }

    async fn a_batch_whose_purchase_is_the_last_one_allowed_goes_on_growing_it(world: World) {
        world.add_users(3 * CHUNK).await;
        for _ in 0..3 {
            world.buy("suite", 1).await;
        }
        let (_, batch) = world.run(buying(&world, &["suite"]), Selector::All).await;
        assert_eq!(batch.seats_bought, [(SUITE, seats(3 * CHUNK) - 3)]);
    }

    async fn the_same_request_never_buys_twice(world: World) {
        world.add_users(2 * CHUNK).await;
        let mut request = buying(&world, &["suite"]);
        request.request_id = Some(request_id("once"));
        let calls = (0..4).map(|_| world.start(request.clone(), Selector::All));
        let started = futures::future::try_join_all(calls).await.unwrap();
        for started in started {
            let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
            read_to_end(stream).await;
        }
        assert_eq!(world.entitlement("suite").await.units.active, seats(2 * CHUNK));
    }

    async fn a_batch_that_goes_on_elsewhere_buys_for_the_rest_alone(world: World) {
        world.add_users(8 * CHUNK).await;
        let dying = world.another_engine();
        let request = buying(&world, &["suite"]);
        let started = dying.start_batch(request, Selector::All).await.unwrap();
        dying.drain(Duration::from_secs(10)).await;
        let id = started.batch.id;
        let stream = world.engine.follow_batch(&world.customer, &id, 0).await.unwrap();
        let (told, batch) = read_to_end(stream).await;
        assert_eq!(told.len(), 8 * CHUNK);
        assert_eq!(batch.seats_bought, [(SUITE, seats(8 * CHUNK))]);
        assert_eq!(world.entitlement("suite").await.units.active, seats(8 * CHUNK));
    }

    async fn a_cancelled_batch_keeps_what_it_bought_for_those_it_reached(world: World) {
        world.add_users(90).await;
        let started = world.start(buying(&world, &["suite"]), Selector::All).await.unwrap();
        let id = started.batch.id.clone();
        // A store as fast as the model may be done before the cancellation is there.
        drop(world.engine.cancel_batch(&world.customer, &id, Actor::local()).await);
        let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        let (_, batch) = read_to_end(stream).await;
        let bought: i64 = batch.seats_bought.iter().map(|(_, seats)| seats).sum();
        assert_eq!(bought, batch.counts.assigned);
    }
}
