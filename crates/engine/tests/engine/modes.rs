use seatkeeper_domain::{BatchMode, BatchState, Outcome, UserState, ViolationType};
use seatkeeper_engine::Selector;

use crate::stores::on_every_store;
use crate::world::{CHUNK, outcomes, users};

on_every_store! {
    async fn results_come_in_the_callers_order_with_the_callers_index(world: World) {
        world.add_users(3).await;
        world.buy("suite", 10).await;
        let (told, _) = world.assign("suite", users(&["u3", "u1", "u3", "u2"])).await;
        let seen = told.iter().map(|told| (told.sequence, &*told.user, told.index));
        let expected = [(1, "u3", Some(0)), (2, "u1", Some(1)), (3, "u2", Some(3))];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
    }

    async fn repeated_users_collapse_and_are_counted(world: World) {
        world.add_users(2).await;
        world.buy("suite", 10).await;
        let (told, batch) = world.assign("suite", users(&["u1", "u2", "u1", "u1"])).await;
        assert_eq!((told.len(), batch.user_count, batch.duplicate_count), (2, 2, 2));
    }

    async fn every_size_around_a_chunk_gives_each_user_one_result(world: World) {
        let largest = 3 * CHUNK + 1;
        world.add_users(largest).await;
        world.buy("suite", 100).await;
        for size in [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, largest] {
            let names = (1..=size).map(|number| format!("u{number}")).collect::<Vec<_>>();
            let names = names.iter().map(String::as_str).collect::<Vec<_>>();
            let (told, batch) = world.assign("suite", users(&names)).await;
            let seen = told.iter().map(|told| (told.sequence, &*told.user)).collect::<Vec<_>>();
            let expected = (1..).zip(names.iter().copied()).collect::<Vec<_>>();
            assert_eq!(seen, expected);
            assert_eq!(batch.state, BatchState::Succeeded);
        }
    }

    async fn all_users_are_taken_in_directory_order(world: World) {
        world.add_users(2 * CHUNK + 1).await;
        world.buy("suite", 100).await;
        let (told, _) = world.assign("suite", Selector::All).await;
        let seen = told.iter().map(|told| told.user.clone()).collect::<Vec<_>>();
        let expected = (1..=2 * CHUNK + 1).map(|number| format!("u{number}"));
        assert_eq!(seen, expected.collect::<Vec<_>>());
    }

    async fn an_unknown_user_fails_and_does_not_stop_the_rest(world: World) {
        world.add_users(1).await;
        world.buy("suite", 10).await;
        let (told, batch) = world.assign("suite", users(&["ghost", "u1"])).await;
        let ghost = &told[0].products[0];
        assert_eq!(ghost.2, [ViolationType::UserNotFound]);
        assert_eq!(told[1].products[0].1, Outcome::Assigned);
        assert_eq!((batch.counts.users_failed, batch.counts.users_succeeded), (1, 1));
    }

    async fn per_user_applies_whole_or_not_at_all(world: World) {
        world.add(vec![("ann", "CH", UserState::Active), ("raj", "IN", UserState::Active)]).await;
        world.buy("suite", 10).await;
        world.buy("addon", 10).await;
        let (told, _) = world.run(world.request(&["suite", "addon"], &[]), Selector::All).await;
        assert_eq!(told[1].products, [
            ("suite", Outcome::Failed, vec![ViolationType::OtherChangeFailed]),
            ("addon", Outcome::Failed, vec![ViolationType::ProhibitedInUsageLocation]),
        ]);
        assert_eq!(world.holdings().await, ["ann:suite", "ann:addon"]);
    }

    async fn per_license_judges_each_product_by_itself(world: World) {
        world.add(vec![("raj", "IN", UserState::Active)]).await;
        world.buy("suite", 10).await;
        world.buy("addon", 10).await;
        let mut request = world.request(&["suite", "addon"], &[]);
        request.mode = BatchMode::PerLicense;
        world.run(request, Selector::All).await;
        assert_eq!(world.holdings().await, ["raj:suite"]);
    }

    async fn all_or_nothing_applies_when_nobody_fails(world: World) {
        world.add_users(2 * CHUNK + 1).await;
        world.buy("suite", 100).await;
        let mut request = world.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let (told, _) = world.run(request, Selector::All).await;
        assert!(told.iter().all(|told| told.products[0].1 == Outcome::Assigned));
        assert_eq!(world.holdings().await.len(), 2 * CHUNK + 1);
    }

    async fn all_or_nothing_does_nothing_when_one_user_of_many_fails(world: World) {
        world.add_users(2 * CHUNK).await;
        world.buy("suite", 100).await;
        let mut names = (1..=2 * CHUNK).map(|number| format!("u{number}")).collect::<Vec<_>>();
        names.push("ghost".to_owned());
        let names = names.iter().map(String::as_str).collect::<Vec<_>>();
        let mut request = world.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let (told, batch) = world.run(request, users(&names)).await;
        assert_eq!(told[0].products[0].2, [ViolationType::OtherUserFailed]);
        assert_eq!(told[2 * CHUNK].products[0].2, [ViolationType::UserNotFound]);
        assert_eq!(told.len(), 2 * CHUNK + 1);
        assert_eq!(batch.counts.assigned, 0);
        assert!(world.holdings().await.is_empty());
    }

    async fn a_swap_is_judged_on_the_final_state(world: World) {
        world.add_users(2).await;
        world.buy("lite", 2).await;
        world.assign("lite", Selector::All).await;
        world.buy("suite", 2).await;
        let (told, _) = world.run(world.request(&["suite"], &["lite"]), Selector::All).await;
        assert_eq!(told[0].products, [
            ("suite", Outcome::Assigned, vec![]),
            ("lite", Outcome::Revoked, vec![]),
        ]);
        assert_eq!(world.holdings().await, ["u1:suite", "u2:suite"]);
    }

    async fn assigning_again_changes_nothing_and_takes_no_seat(world: World) {
        world.add_users(2).await;
        world.buy("suite", 2).await;
        world.assign("suite", Selector::All).await;
        let (told, _) = world.assign("suite", Selector::All).await;
        assert_eq!(outcomes(&told), [("u1", Outcome::Unchanged), ("u2", Outcome::Unchanged)]);
        assert_eq!(world.entitlement("suite").await.entitlement.assigned, 2);
    }
}
