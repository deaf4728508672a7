use seatkeeper_domain::{
    Principal, Selection, SelectionId, UserFilter, UserId, UserOrder, UserOrderField, UserState,
};
use seatkeeper_engine::{
    ChangeSelectionUsers, CombineSelections, CreateSelection, DeleteSelection, DeleteUser,
    EngineError, EngineResult, LimitKind, ListSelectionUsers, MembershipChange, PageStart,
    ResourceKind, SelectionUsersChanged, Selector, SetOperation, UserCursor, UserPage,
};

use crate::fixture::{Fixture, outcomes, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn a_selection_begins_empty_and_gains_and_loses_users(fixture: Fixture) {
        fixture.add_users(4).await;
        create(&fixture, "ticked", None).await.unwrap();
        let added = change(&fixture, MembershipChange::Add, users(&["u3", "u1", "ghost", "u3"]));
        let added = added.await.unwrap();
        let resolved = &added.resolved;
        assert_eq!((added.changed, resolved.duplicates, resolved.unknown), (2, 1, 1));
        assert_eq!((added.selection.user_count, added.selection.revision), (2, 2));
        let added = change(&fixture, MembershipChange::Add, Selector::All).await.unwrap();
        assert_eq!(added.changed, 2);
        let removed = change(&fixture, MembershipChange::Remove, users(&["u2", "ghost"])).await;
        assert_eq!(removed.unwrap().changed, 1);
        assert_eq!(names(&list(&fixture, "ticked").await), ["u1", "u3", "u4"]);
    }

    async fn a_selection_is_made_of_any_selection_of_users(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.add(vec![("blocked", "CH", UserState::Blocked)]).await;
        create(&fixture, "all", Some(Selector::All)).await.unwrap();
        let blocked = Selector::Filter(UserFilter::State(UserState::Blocked));
        create(&fixture, "blocked", Some(blocked)).await.unwrap();
        create(&fixture, "copy", Some(Selector::Saved(id("blocked")))).await.unwrap();
        assert_eq!(names(&list(&fixture, "all").await), ["u1", "u2", "u3", "blocked"]);
        assert_eq!(names(&list(&fixture, "blocked").await), ["blocked"]);
        assert_eq!(names(&list(&fixture, "copy").await), ["blocked"]);
    }

    async fn selections_are_combined(fixture: Fixture) {
        fixture.add_users(5).await;
        create(&fixture, "a", Some(users(&["u1", "u2", "u3"]))).await.unwrap();
        create(&fixture, "b", Some(users(&["u3", "u4", "u2"]))).await.unwrap();
        create(&fixture, "c", Some(users(&["u3"]))).await.unwrap();
        for (number, operation, expected) in [
            (1, SetOperation::Union, &["u1", "u2", "u3", "u4"][..]),
            (2, SetOperation::Intersection, &["u3"][..]),
            (3, SetOperation::Difference, &["u1"][..]),
        ] {
            let combine = CombineSelections {
                create: new(&fixture, &format!("combined{number}")),
                operation,
                sources: ["a", "b", "c"].map(id).to_vec(),
            };
            let combined = fixture.engine.combine_selections(combine).await;
            let combined = combined.unwrap();
            let listed = list(&fixture, combined.id.as_str()).await;
            assert_eq!(names(&listed), expected, "{operation:?}");
            delete(&fixture, combined.id.as_str()).await;
        }
    }

    async fn pages_of_a_selection_are_filtered_pages_of_the_directory(fixture: Fixture) {
        fixture.add_users(60).await;
        let dense: Vec<_> = (1..=60).filter(|number| number % 3 != 0).collect();
        let close: Vec<_> = (11..=19).collect();
        for (name, chosen) in [("dense", dense), ("sparse", vec![7, 31, 55]), ("close", close)] {
            let chosen: Vec<_> = chosen.iter().map(|number| format!("u{number}")).collect();
            let chosen: Vec<_> = chosen.iter().map(String::as_str).collect();
            create(&fixture, name, Some(users(&chosen))).await.unwrap();
            for order in orders() {
                let everyone = page(&fixture, name, order, PageStart::First, 100).await;
                let mut expected = everyone.users.clone();
                expected.sort_by(|a, b| order.compare(a, b));
                assert_eq!(everyone.users, expected);
                assert_eq!(everyone.users.len(), chosen.len(), "{name} {order:?}");
                assert_pages(&fixture, name, order, &everyone).await;
            }
        }
    }

    async fn an_empty_selection_has_an_empty_page(fixture: Fixture) {
        fixture.add_users(3).await;
        create(&fixture, "none", None).await.unwrap();
        for order in orders() {
            let page = page(&fixture, "none", order, PageStart::First, 5).await;
            assert!(page.users.is_empty() && page.total == 0);
            assert!(!page.has_next && !page.has_previous);
        }
    }

    async fn a_batch_over_a_selection_goes_in_directory_order(fixture: Fixture) {
        fixture.add_users(9).await;
        fixture.buy("suite", 3).await;
        create(&fixture, "ticked", Some(users(&["u8", "u2", "u5", "u4"]))).await.unwrap();
        let (results, batch) = fixture.assign("suite", Selector::Saved(id("ticked"))).await;
        let order: Vec<_> = outcomes(&results).iter().map(|(user, _)| (*user).to_owned()).collect();
        assert_eq!(order, ["u2", "u4", "u5", "u8"]);
        assert_eq!(batch.user_count, 4);
        assert_eq!(fixture.holdings().await, ["u2:suite", "u4:suite", "u5:suite"]);
    }

    async fn a_batch_without_users_is_refused(fixture: Fixture) {
        fixture.add_users(1).await;
        create(&fixture, "none", None).await.unwrap();
        let refused = fixture.start(fixture.request(&["suite"], &[]), Selector::Saved(id("none")));
        assert!(matches!(refused.await, Err(EngineError::Invalid(_))));
    }

    async fn a_selection_that_is_not_there_is_not_found(fixture: Fixture) {
        fixture.add_users(1).await;
        let nowhere = Selector::Saved(id("nowhere"));
        not_found(fixture.start(fixture.request(&["suite"], &[]), nowhere.clone()).await);
        not_found(fixture.engine.selection(&fixture.customer, &id("nowhere")).await);
        not_found(fixture.engine.resolve_selection(&fixture.customer, "selection", nowhere).await);
        not_found(change(&fixture, MembershipChange::Add, Selector::All).await);
    }

    async fn a_change_that_was_not_expected_is_refused(fixture: Fixture) {
        fixture.add_users(2).await;
        create(&fixture, "ticked", None).await.unwrap();
        change(&fixture, MembershipChange::Add, users(&["u1"])).await.unwrap();
        let stale = DeleteSelection {
            customer: fixture.customer.clone(),
            id: id("ticked"),
            revision: Some(1),
        };
        let refused = fixture.engine.delete_selection(stale).await;
        assert!(matches!(refused, Err(EngineError::EtagMismatch(_))));
        let stale = ChangeSelectionUsers {
            revision: Some(1),
            ..changed(&fixture, MembershipChange::Add, users(&["u2"]))
        };
        let refused = fixture.engine.change_selection_users(stale).await;
        assert!(matches!(refused, Err(EngineError::EtagMismatch(_))));
        assert_eq!(names(&list(&fixture, "ticked").await), ["u1"]);
    }

    async fn a_user_deleted_before_a_selection_is_saved_is_not_in_it(fixture: Fixture) {
        fixture.add_users(3).await;
        let mut builder = fixture.engine.selection_builder(&fixture.customer).await.unwrap();
        builder.add("header.source", Selector::All).await.unwrap();
        let resolved = builder.finish();
        delete_user(&fixture, "u2").await;
        let saved = fixture.engine.create_selection(new(&fixture, "ticked"), &resolved).await;
        assert_eq!(saved.unwrap().user_count, 2);
        assert_eq!(names(&list(&fixture, "ticked").await), ["u1", "u3"]);
        delete_user(&fixture, "u3").await;
        let found = fixture.engine.selection(&fixture.customer, &id("ticked")).await.unwrap();
        assert_eq!(found.user_count, 1);
        assert_eq!(names(&list(&fixture, "ticked").await), ["u1"]);
    }

    async fn a_customer_has_so_many_selections_and_users_in_each(fixture: Fixture) {
        for name in ["a", "b", "c", "d", "e"] {
            create(&fixture, name, None).await.unwrap();
        }
        let refused = create(&fixture, "f", None).await;
        let Err(EngineError::Limit { kind: LimitKind::Selections, given: 6, max: 5 }) = refused
        else {
            panic!("expected a limit error: {refused:?}");
        };
        delete(&fixture, "a").await;
        fixture.add_users(101).await;
        let first: Vec<_> = (1..=100).map(|number| format!("u{number}")).collect();
        let first: Vec<_> = first.iter().map(String::as_str).collect();
        create(&fixture, "ticked", Some(users(&first))).await.unwrap();
        let refused = change(&fixture, MembershipChange::Add, users(&["u101"])).await;
        let Err(EngineError::Limit { kind: LimitKind::SelectionUsers, given: 101, .. }) = refused
        else {
            panic!("expected a limit error: {refused:?}");
        };
        assert_eq!(list(&fixture, "ticked").await.total, 100);
    }
}

/// Reads a selection's pages of four users in both directions.
async fn assert_pages(fixture: &Fixture, name: &str, order: UserOrder, everyone: &UserPage) {
    let mut forwards = Vec::new();
    let mut start = PageStart::First;
    loop {
        let page = page(fixture, name, order, start, 4).await;
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
        let page = page(fixture, name, order, start, 4).await;
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

pub(crate) fn new(fixture: &Fixture, name: &str) -> CreateSelection {
    CreateSelection {
        customer: fixture.customer.clone(),
        id: Some(id(name)),
        display_name: String::new(),
        idle_ttl_micros: None,
    }
}

async fn create(
    fixture: &Fixture,
    name: &str,
    source: Option<Selector>,
) -> EngineResult<Selection> {
    let mut builder = fixture.engine.selection_builder(&fixture.customer).await?;
    if let Some(source) = source {
        builder.add("header.source", source).await?;
    }
    let resolved = builder.finish();
    fixture
        .engine
        .create_selection(new(fixture, name), &resolved)
        .await
}

pub(crate) fn changed(
    fixture: &Fixture,
    change: MembershipChange,
    users: Selector,
) -> ChangeSelectionUsers {
    ChangeSelectionUsers {
        customer: fixture.customer.clone(),
        id: id("ticked"),
        revision: None,
        change,
        users,
    }
}

async fn change(
    fixture: &Fixture,
    change: MembershipChange,
    users: Selector,
) -> EngineResult<SelectionUsersChanged> {
    let change = changed(fixture, change, users);
    fixture.engine.change_selection_users(change).await
}

async fn delete(fixture: &Fixture, name: &str) {
    let delete = DeleteSelection {
        customer: fixture.customer.clone(),
        id: id(name),
        revision: None,
    };
    fixture.engine.delete_selection(delete).await.unwrap();
}

async fn delete_user(fixture: &Fixture, name: &str) {
    let delete = DeleteUser {
        customer: fixture.customer.clone(),
        id: UserId::parse(name).unwrap(),
        revision: None,
        force: false,
        principal: Principal::local(),
    };
    fixture.engine.delete_user(delete).await.unwrap();
}

pub(crate) fn listing(fixture: &Fixture, name: &str) -> ListSelectionUsers {
    ListSelectionUsers {
        customer: fixture.customer.clone(),
        selection: id(name),
        order: UserOrder::default(),
        start: PageStart::First,
        limit: 200,
    }
}

/// All users of a selection in directory order.
async fn list(fixture: &Fixture, name: &str) -> UserPage {
    let listed = fixture
        .engine
        .list_selection_users(listing(fixture, name))
        .await;
    listed.unwrap()
}

async fn page(
    fixture: &Fixture,
    name: &str,
    order: UserOrder,
    start: PageStart<UserCursor>,
    limit: usize,
) -> UserPage {
    let list = ListSelectionUsers {
        order,
        start,
        limit,
        ..listing(fixture, name)
    };
    fixture.engine.list_selection_users(list).await.unwrap()
}

fn orders() -> Vec<UserOrder> {
    let fields = [
        UserOrderField::DirectoryOrder,
        UserOrderField::DisplayName,
        UserOrderField::SignInName,
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
        other => panic!("expected `NotFound` for a selection: {other:?}"),
    }
}
