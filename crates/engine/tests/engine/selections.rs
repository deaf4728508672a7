use seatkeeper_domain::{
    Actor, Selection, SelectionId, UserFilter, UserId, UserOrder, UserOrderField, UserState,
};
use seatkeeper_engine::{
    ChangeSelectionUsers, CombineSelections, CreateSelection, DeleteSelection, DeleteUser,
    EngineError, EngineResult, LimitKind, ListSelectionUsers, MembershipChange, PageStart,
    ResourceKind, SelectionUsersChanged, Selector, SetOperation, UserCursor, UserPage,
};

use crate::stores::on_every_store;
use crate::world::{World, outcomes, users};

on_every_store! {
    async fn a_selection_begins_empty_and_gains_and_loses_users(world: World) {
        world.add_users(4).await;
        create(&world, "ticked", None).await.unwrap();
        let added = change(&world, MembershipChange::Add, users(&["u3", "u1", "ghost", "u3"]));
        let added = added.await.unwrap();
        let gathered = &added.gathered;
        assert_eq!((added.changed, gathered.duplicates, gathered.unknown), (2, 1, 1));
        assert_eq!((added.selection.user_count, added.selection.revision), (2, 2));
        let added = change(&world, MembershipChange::Add, Selector::All).await.unwrap();
        assert_eq!(added.changed, 2);
        let removed = change(&world, MembershipChange::Remove, users(&["u2", "ghost"])).await;
        assert_eq!(removed.unwrap().changed, 1);
        assert_eq!(names(&list(&world, "ticked").await), ["u1", "u3", "u4"]);
    }

    async fn a_selection_is_made_of_any_selection_of_users(world: World) {
        world.add_users(3).await;
        world.add(vec![("blocked", "CH", UserState::Blocked)]).await;
        create(&world, "all", Some(Selector::All)).await.unwrap();
        let blocked = Selector::Filter(UserFilter::State(UserState::Blocked));
        create(&world, "blocked", Some(blocked)).await.unwrap();
        create(&world, "copy", Some(Selector::Saved(id("blocked")))).await.unwrap();
        assert_eq!(names(&list(&world, "all").await), ["u1", "u2", "u3", "blocked"]);
        assert_eq!(names(&list(&world, "blocked").await), ["blocked"]);
        assert_eq!(names(&list(&world, "copy").await), ["blocked"]);
    }

    async fn selections_are_combined(world: World) {
        world.add_users(5).await;
        create(&world, "a", Some(users(&["u1", "u2", "u3"]))).await.unwrap();
        create(&world, "b", Some(users(&["u3", "u4", "u2"]))).await.unwrap();
        create(&world, "c", Some(users(&["u3"]))).await.unwrap();
        for (number, operation, expected) in [
            (1, SetOperation::Union, &["u1", "u2", "u3", "u4"][..]),
            (2, SetOperation::Intersection, &["u3"][..]),
            (3, SetOperation::Difference, &["u1"][..]),
        ] {
            let combine = CombineSelections {
                create: new(&world, &format!("combined{number}")),
                operation,
                sources: ["a", "b", "c"].map(id).to_vec(),
            };
            let combined = world.engine.combine_selections(combine).await;
            let combined = combined.unwrap();
            let listed = list(&world, combined.id.as_str()).await;
            assert_eq!(names(&listed), expected, "{operation:?}");
            delete(&world, combined.id.as_str()).await;
        }
    }

    async fn pages_of_a_selection_are_those_of_the_directory_sieved(world: World) {
        world.add_users(60).await;
        let dense: Vec<_> = (1..=60).filter(|number| number % 3 != 0).collect();
        let close: Vec<_> = (11..=19).collect();
        for (name, chosen) in [("dense", dense), ("sparse", vec![7, 31, 55]), ("close", close)] {
            let chosen: Vec<_> = chosen.iter().map(|number| format!("u{number}")).collect();
            let chosen: Vec<_> = chosen.iter().map(String::as_str).collect();
            create(&world, name, Some(users(&chosen))).await.unwrap();
            for order in orders() {
                let everyone = page(&world, name, order, PageStart::First, 100).await;
                let mut expected = everyone.users.clone();
                expected.sort_by(|a, b| order.compare(a, b));
                assert_eq!(everyone.users, expected);
                assert_eq!(everyone.users.len(), chosen.len(), "{name} {order:?}");
                assert_pages(&world, name, order, &everyone).await;
            }
        }
    }

    async fn an_empty_selection_has_an_empty_page(world: World) {
        world.add_users(3).await;
        create(&world, "none", None).await.unwrap();
        for order in orders() {
            let page = page(&world, "none", order, PageStart::First, 5).await;
            assert!(page.users.is_empty() && page.total == 0);
            assert!(!page.has_next && !page.has_previous);
        }
    }

    async fn a_batch_over_a_selection_goes_in_directory_order(world: World) {
        world.add_users(9).await;
        world.buy("suite", 3).await;
        create(&world, "ticked", Some(users(&["u8", "u2", "u5", "u4"]))).await.unwrap();
        let (told, batch) = world.assign("suite", Selector::Saved(id("ticked"))).await;
        let order: Vec<_> = outcomes(&told).iter().map(|(user, _)| (*user).to_owned()).collect();
        assert_eq!(order, ["u2", "u4", "u5", "u8"]);
        assert_eq!(batch.user_count, 4);
        assert_eq!(world.holdings().await, ["u2:suite", "u4:suite", "u5:suite"]);
    }

    async fn a_batch_over_nobody_is_refused(world: World) {
        world.add_users(1).await;
        create(&world, "none", None).await.unwrap();
        let refused = world.start(world.request(&["suite"], &[]), Selector::Saved(id("none")));
        assert!(matches!(refused.await, Err(EngineError::Invalid(_))));
    }

    async fn a_selection_that_is_not_there_is_not_found(world: World) {
        world.add_users(1).await;
        let nowhere = Selector::Saved(id("nowhere"));
        not_found(world.start(world.request(&["suite"], &[]), nowhere.clone()).await);
        not_found(world.engine.selection(&world.customer, &id("nowhere")).await);
        not_found(world.engine.gather_users(&world.customer, "selection", nowhere).await);
        not_found(change(&world, MembershipChange::Add, Selector::All).await);
    }

    async fn a_change_that_was_not_expected_is_refused(world: World) {
        world.add_users(2).await;
        create(&world, "ticked", None).await.unwrap();
        change(&world, MembershipChange::Add, users(&["u1"])).await.unwrap();
        let stale = DeleteSelection {
            customer: world.customer.clone(),
            id: id("ticked"),
            revision: Some(1),
        };
        let refused = world.engine.delete_selection(stale).await;
        assert!(matches!(refused, Err(EngineError::EtagMismatch(_))));
        let stale = ChangeSelectionUsers {
            revision: Some(1),
            ..changed(&world, MembershipChange::Add, users(&["u2"]))
        };
        let refused = world.engine.change_selection_users(stale).await;
        assert!(matches!(refused, Err(EngineError::EtagMismatch(_))));
        assert_eq!(names(&list(&world, "ticked").await), ["u1"]);
    }

    async fn who_is_deleted_before_a_selection_is_saved_is_not_in_it(world: World) {
        world.add_users(3).await;
        let mut gathering = world.engine.start_gathering(&world.customer).await.unwrap();
        gathering.add("header.source", Selector::All).await.unwrap();
        let gathered = gathering.finish();
        delete_user(&world, "u2").await;
        let saved = world.engine.create_selection(new(&world, "ticked"), &gathered).await;
        assert_eq!(saved.unwrap().user_count, 2);
        assert_eq!(names(&list(&world, "ticked").await), ["u1", "u3"]);
        delete_user(&world, "u3").await;
        let found = world.engine.selection(&world.customer, &id("ticked")).await.unwrap();
        assert_eq!(found.user_count, 1);
        assert_eq!(names(&list(&world, "ticked").await), ["u1"]);
    }

    async fn a_customer_has_so_many_selections_and_users_in_each(world: World) {
        for name in ["a", "b", "c", "d", "e"] {
            create(&world, name, None).await.unwrap();
        }
        let refused = create(&world, "f", None).await;
        let Err(EngineError::Limit { kind: LimitKind::Selections, given: 6, max: 5 }) = refused
        else {
            panic!("{refused:?} is no refusal");
        };
        delete(&world, "a").await;
        world.add_users(101).await;
        let first: Vec<_> = (1..=100).map(|number| format!("u{number}")).collect();
        let first: Vec<_> = first.iter().map(String::as_str).collect();
        create(&world, "ticked", Some(users(&first))).await.unwrap();
        let refused = change(&world, MembershipChange::Add, users(&["u101"])).await;
        let Err(EngineError::Limit { kind: LimitKind::SelectionUsers, given: 101, .. }) = refused
        else {
            panic!("{refused:?} is no refusal");
        };
        assert_eq!(list(&world, "ticked").await.total, 100);
    }
}

/// Walks a selection's pages of four in both directions.
async fn assert_pages(world: &World, name: &str, order: UserOrder, everyone: &UserPage) {
    let mut forwards = Vec::new();
    let mut start = PageStart::First;
    loop {
        let page = page(world, name, order, start, 4).await;
        assert_eq!(page.has_previous, !forwards.is_empty());
        assert_eq!(page.total, everyone.total);
        forwards.extend(page.users);
        if !page.has_next {
            break;
        }
        start = PageStart::After(UserCursor::of(forwards.last().unwrap(), order));
    }
    assert_eq!(forwards, everyone.users, "{name} {order:?}");
    let mut backwards = Vec::new();
    let mut start = PageStart::Last;
    loop {
        let page = page(world, name, order, start, 4).await;
        assert_eq!(page.has_next, !backwards.is_empty());
        backwards.splice(0..0, page.users);
        if !page.has_previous {
            break;
        }
        start = PageStart::Before(UserCursor::of(backwards.first().unwrap(), order));
    }
    assert_eq!(backwards, everyone.users, "{name} {order:?}");
}

pub(crate) fn id(text: &str) -> SelectionId {
    SelectionId::parse(text).unwrap()
}

pub(crate) fn new(world: &World, name: &str) -> CreateSelection {
    CreateSelection {
        customer: world.customer.clone(),
        id: Some(id(name)),
        display_name: String::new(),
        idle_ttl_micros: None,
    }
}

async fn create(world: &World, name: &str, source: Option<Selector>) -> EngineResult<Selection> {
    let mut gathering = world.engine.start_gathering(&world.customer).await?;
    if let Some(source) = source {
        gathering.add("header.source", source).await?;
    }
    let gathered = gathering.finish();
    world
        .engine
        .create_selection(new(world, name), &gathered)
        .await
}

pub(crate) fn changed(
    world: &World,
    change: MembershipChange,
    users: Selector,
) -> ChangeSelectionUsers {
    ChangeSelectionUsers {
        customer: world.customer.clone(),
        id: id("ticked"),
        revision: None,
        change,
        users,
    }
}

async fn change(
    world: &World,
    change: MembershipChange,
    users: Selector,
) -> EngineResult<SelectionUsersChanged> {
    let change = changed(world, change, users);
    world.engine.change_selection_users(change).await
}

async fn delete(world: &World, name: &str) {
    let delete = DeleteSelection {
        customer: world.customer.clone(),
        id: id(name),
        revision: None,
    };
    world.engine.delete_selection(delete).await.unwrap();
}

async fn delete_user(world: &World, name: &str) {
    let delete = DeleteUser {
        customer: world.customer.clone(),
        id: UserId::parse(name).unwrap(),
        revision: None,
        force: false,
        actor: Actor::local(),
    };
    world.engine.delete_user(delete).await.unwrap();
}

pub(crate) fn listing(world: &World, name: &str) -> ListSelectionUsers {
    ListSelectionUsers {
        customer: world.customer.clone(),
        selection: id(name),
        order: UserOrder::default(),
        start: PageStart::First,
        limit: 200,
    }
}

/// All users of a selection in directory order.
async fn list(world: &World, name: &str) -> UserPage {
    let listed = world
        .engine
        .list_selection_users(listing(world, name))
        .await;
    listed.unwrap()
}

async fn page(
    world: &World,
    name: &str,
    order: UserOrder,
    start: PageStart<UserCursor>,
    limit: usize,
) -> UserPage {
    let list = ListSelectionUsers {
        order,
        start,
        limit,
        ..listing(world, name)
    };
    world.engine.list_selection_users(list).await.unwrap()
}

fn orders() -> Vec<UserOrder> {
    let fields = [
        UserOrderField::DirectoryOrder,
        UserOrderField::DisplayName,
        UserOrderField::PrincipalName,
        UserOrderField::UpdateTime,
    ];
    let orders = fields
        .into_iter()
        .flat_map(|field| [false, true].map(|descending| UserOrder { field, descending }));
    orders.collect()
}

fn names(page: &UserPage) -> Vec<&str> {
    page.users.iter().map(|user| user.id.as_str()).collect()
}

pub(crate) fn not_found<T>(answer: EngineResult<T>) {
    match answer.map(|_| ()) {
        Err(EngineError::NotFound(missing)) => assert_eq!(missing.kind, ResourceKind::Selection),
        other => panic!("a selection was expected to be missing: {other:?}"),
    }
}
