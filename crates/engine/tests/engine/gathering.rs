use seatkeeper_domain::{UserFilter, UserId, UserKey, UserSet, UserState};
use seatkeeper_engine::{EngineError, LimitKind, Selector};

use crate::stores::on_every_store;
use crate::world::users;

on_every_store! {
    async fn a_list_tells_what_was_given_twice_or_unknown(world: World) {
        world.add_users(3).await;
        let given = users(&["u3", "ghost", "u1", "u3", "ghost", "phantom", "u1"]);
        let gathered = world.engine.gather_users(&world.customer, "selection", given).await.unwrap();
        let names: Vec<_> = gathered.first_unknown.iter().map(UserId::as_str).collect();
        assert_eq!(names, ["ghost", "phantom"]);
        assert_eq!(gathered.users, keys([1, 3]));
        assert_eq!((gathered.given, gathered.duplicates, gathered.unknown), (7, 3, 2));
    }

    async fn everyone_and_a_filter_become_sets_in_directory_order(world: World) {
        world.add_users(9).await;
        world.add(vec![("blocked", "CH", UserState::Blocked)]).await;
        let everyone = world.engine.gather_users(&world.customer, "selection", Selector::All).await.unwrap();
        assert_eq!(everyone.users, (1..=10).map(UserKey).collect());
        let filter = Selector::Filter(UserFilter::State(UserState::Blocked));
        let blocked = world.engine.gather_users(&world.customer, "selection", filter).await.unwrap();
        assert_eq!((blocked.users, blocked.given), (keys([10]), 1));
    }

    async fn users_gathered_in_several_ways_count_once(world: World) {
        world.add_users(5).await;
        let mut gathering = world.engine.start_gathering(&world.customer).await.unwrap();
        gathering.add("selection", users(&["u2", "ghost"])).await.unwrap();
        gathering.add("selection", Selector::All).await.unwrap();
        gathering.add("selection", users(&["ghost", "u5"])).await.unwrap();
        let gathered = gathering.finish();
        assert_eq!(gathered.users, (1..=5).map(UserKey).collect());
        assert_eq!((gathered.given, gathered.duplicates, gathered.unknown), (9, 3, 1));
    }

    async fn more_users_than_a_selection_may_have_are_refused(world: World) {
        world.add_users(101).await;
        let refused = world.engine.gather_users(&world.customer, "selection", Selector::All).await;
        let Err(EngineError::Limit { kind: LimitKind::SelectionUsers, max: 100, .. }) = refused
        else {
            panic!("{refused:?} is no refusal");
        };
        let ghosts: Vec<_> = (0..101).map(|number| format!("ghost{number}")).collect();
        let ghosts: Vec<_> = ghosts.iter().map(String::as_str).collect();
        let refused = world.engine.gather_users(&world.customer, "selection", users(&ghosts)).await;
        assert!(matches!(refused, Err(EngineError::Limit { given: 101, .. })), "{refused:?}");
    }
}

fn keys<const N: usize>(keys: [i64; N]) -> UserSet {
    keys.into_iter().map(UserKey).collect()
}
