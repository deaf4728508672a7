use seatkeeper_domain::{UserFilter, UserId, UserKey, UserSet, UserState};
use seatkeeper_engine::{EngineError, LimitKind, Selector};

use crate::fixture::users;
use crate::stores::on_every_store;

on_every_store! {
    async fn a_list_reports_duplicate_and_unknown_users(fixture: Fixture) {
        fixture.add_users(3).await;
        let given = users(&["u3", "ghost", "u1", "u3", "ghost", "phantom", "u1"]);
        let resolved = fixture.engine.resolve_selection(&fixture.customer, "selection", given).await.unwrap();
        let names: Vec<_> = resolved.first_unknown.iter().map(UserId::as_str).collect();
        assert_eq!(names, ["ghost", "phantom"]);
        assert_eq!(resolved.users, keys([1, 3]));
        assert_eq!((resolved.given, resolved.duplicates, resolved.unknown), (7, 3, 2));
    }

    async fn everyone_and_a_filter_become_sets_in_directory_order(fixture: Fixture) {
        fixture.add_users(9).await;
        fixture.add(vec![("blocked", "CH", UserState::Blocked)]).await;
        let everyone = fixture.engine.resolve_selection(&fixture.customer, "selection", Selector::All).await.unwrap();
        assert_eq!(everyone.users, (1..=10).map(UserKey).collect());
        let filter = Selector::Filter(UserFilter::State(UserState::Blocked));
        let blocked = fixture.engine.resolve_selection(&fixture.customer, "selection", filter).await.unwrap();
        assert_eq!((blocked.users, blocked.given), (keys([10]), 1));
    }

    async fn users_added_in_several_ways_count_once(fixture: Fixture) {
        fixture.add_users(5).await;
        let mut builder = fixture.engine.selection_builder(&fixture.customer).await.unwrap();
        builder.add("selection", users(&["u2", "ghost"])).await.unwrap();
        builder.add("selection", Selector::All).await.unwrap();
        builder.add("selection", users(&["ghost", "u5"])).await.unwrap();
        let resolved = builder.finish();
        assert_eq!(resolved.users, (1..=5).map(UserKey).collect());
        assert_eq!((resolved.given, resolved.duplicates, resolved.unknown), (9, 3, 1));
    }

    async fn more_users_than_a_selection_may_have_are_refused(fixture: Fixture) {
        fixture.add_users(101).await;
        let refused = fixture.engine.resolve_selection(&fixture.customer, "selection", Selector::All).await;
        let Err(EngineError::Limit { kind: LimitKind::SelectionUsers, max: 100, .. }) = refused
        else {
            panic!("expected a limit error: {refused:?}");
        };
        let ghosts: Vec<_> = (0..101).map(|number| format!("ghost{number}")).collect();
        let ghosts: Vec<_> = ghosts.iter().map(String::as_str).collect();
        let refused = fixture.engine.resolve_selection(&fixture.customer, "selection", users(&ghosts)).await;
        assert!(matches!(refused, Err(EngineError::Limit { given: 101, .. })), "{refused:?}");
    }
}

fn keys<const N: usize>(keys: [i64; N]) -> UserSet {
    keys.into_iter().map(UserKey).collect()
}
