use seatkeeper_domain::{BatchMode, BatchState, Outcome, UserState, ViolationType};
use seatkeeper_engine::Selector;

use crate::fixture::{CHUNK, outcomes, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn results_come_in_the_callers_order_with_the_callers_index(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 10).await;
        let (results, _) = fixture.assign("suite", users(&["u3", "u1", "u3", "u2"])).await;
        let seen = results.iter().map(|result| (result.sequence, &*result.user, result.index));
        let expected = [(1, "u3", Some(0)), (2, "u1", Some(1)), (3, "u2", Some(3))];
        assert_eq!(seen.collect::<Vec<_>>(), expected);
    }

    async fn repeated_users_collapse_and_are_counted(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 10).await;
        let (results, batch) = fixture.assign("suite", users(&["u1", "u2", "u1", "u1"])).await;
        assert_eq!((results.len(), batch.user_count, batch.duplicate_count), (2, 2, 2));
    }

    async fn every_size_around_a_chunk_gives_each_user_one_result(fixture: Fixture) {
        let largest = 3 * CHUNK + 1;
        fixture.add_users(largest).await;
        fixture.buy("suite", 100).await;
        for size in [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, largest] {
            let names = (1..=size).map(|number| format!("u{number}")).collect::<Vec<_>>();
            let names = names.iter().map(String::as_str).collect::<Vec<_>>();
            let (results, batch) = fixture.assign("suite", users(&names)).await;
            let seen = results.iter().map(|result| (result.sequence, &*result.user)).collect::<Vec<_>>();
            let expected = (1..).zip(names.iter().copied()).collect::<Vec<_>>();
            assert_eq!(seen, expected);
            assert_eq!(batch.state, BatchState::Succeeded);
        }
    }

    async fn all_users_are_taken_in_directory_order(fixture: Fixture) {
        fixture.add_users(2 * CHUNK + 1).await;
        fixture.buy("suite", 100).await;
        let (results, _) = fixture.assign("suite", Selector::All).await;
        let seen = results.iter().map(|result| result.user.clone()).collect::<Vec<_>>();
        let expected = (1..=2 * CHUNK + 1).map(|number| format!("u{number}"));
        assert_eq!(seen, expected.collect::<Vec<_>>());
    }

    async fn an_unknown_user_fails_and_does_not_stop_the_rest(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 10).await;
        let (results, batch) = fixture.assign("suite", users(&["ghost", "u1"])).await;
        let ghost = &results[0].products[0];
        assert_eq!(ghost.2, [ViolationType::UserNotFound]);
        assert_eq!(results[1].products[0].1, Outcome::Assigned);
        assert_eq!((batch.counts.users_failed, batch.counts.users_succeeded), (1, 1));
    }

    async fn per_user_applies_whole_or_not_at_all(fixture: Fixture) {
        fixture.add(vec![("ann", "CH", UserState::Active), ("raj", "IN", UserState::Active)]).await;
        fixture.buy("suite", 10).await;
        fixture.buy("addon", 10).await;
        let (results, _) = fixture.run(fixture.request(&["suite", "addon"], &[]), Selector::All).await;
        assert_eq!(results[1].products, [
            ("suite", Outcome::Failed, vec![ViolationType::OtherChangeFailed]),
            ("addon", Outcome::Failed, vec![ViolationType::ProhibitedInUsageLocation]),
        ]);
        assert_eq!(fixture.holdings().await, ["ann:suite", "ann:addon"]);
    }

    async fn per_license_decides_each_product_by_itself(fixture: Fixture) {
        fixture.add(vec![("raj", "IN", UserState::Active)]).await;
        fixture.buy("suite", 10).await;
        fixture.buy("addon", 10).await;
        let mut request = fixture.request(&["suite", "addon"], &[]);
        request.mode = BatchMode::PerLicense;
        fixture.run(request, Selector::All).await;
        assert_eq!(fixture.holdings().await, ["raj:suite"]);
    }

    async fn all_or_nothing_applies_if_no_user_fails(fixture: Fixture) {
        fixture.add_users(2 * CHUNK + 1).await;
        fixture.buy("suite", 100).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let (results, _) = fixture.run(request, Selector::All).await;
        assert!(results.iter().all(|result| result.products[0].1 == Outcome::Assigned));
        assert_eq!(fixture.holdings().await.len(), 2 * CHUNK + 1);
    }

    async fn all_or_nothing_does_nothing_when_one_user_of_many_fails(fixture: Fixture) {
        fixture.add_users(2 * CHUNK).await;
        fixture.buy("suite", 100).await;
        let mut names = (1..=2 * CHUNK).map(|number| format!("u{number}")).collect::<Vec<_>>();
        names.push("ghost".to_owned());
        let names = names.iter().map(String::as_str).collect::<Vec<_>>();
        let mut request = fixture.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let (results, batch) = fixture.run(request, users(&names)).await;
        assert_eq!(results[0].products[0].2, [ViolationType::OtherUserFailed]);
        assert_eq!(results[2 * CHUNK].products[0].2, [ViolationType::UserNotFound]);
        assert_eq!(results.len(), 2 * CHUNK + 1);
        assert_eq!(batch.counts.assigned, 0);
        assert!(fixture.holdings().await.is_empty());
    }

    async fn a_swap_is_decided_on_the_final_state(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("lite", 2).await;
        fixture.assign("lite", Selector::All).await;
        fixture.buy("suite", 2).await;
        let (results, _) = fixture.run(fixture.request(&["suite"], &["lite"]), Selector::All).await;
        assert_eq!(results[0].products, [
            ("suite", Outcome::Assigned, vec![]),
            ("lite", Outcome::Revoked, vec![]),
        ]);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
    }

    async fn assigning_again_changes_nothing_and_takes_no_seat(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        fixture.assign("suite", Selector::All).await;
        let (results, _) = fixture.assign("suite", Selector::All).await;
        assert_eq!(outcomes(&results), [("u1", Outcome::Unchanged), ("u2", Outcome::Unchanged)]);
        assert_eq!(fixture.entitlement("suite").await.entitlement.assigned, 2);
    }
}
