use seatkeeper_proto::v1::combine_selections_request::Operation;
use seatkeeper_proto::v1::create_selection_request::{Content, Header};
use seatkeeper_proto::v1::{
    AddSelectionUsersRequest, CombineSelectionsRequest, DeleteSelectionRequest, ErrorReason,
    GetSelectionRequest, ListSelectionUsersRequest, ListSelectionUsersResponse,
    ListSelectionsRequest, RemoveSelectionUsersRequest, Selection, SelectionIntake,
    UpdateSelectionRequest, UserList,
};
use seatkeeper_tests::{
    CommandLine, Refusal, Scene, assign, everyone, filter, listed, on_each_database, refused, saved,
};
use tonic::{Code, Status};

fn users(scene: &Scene, ids: &[&str]) -> Content {
    Content::Users(UserList {
        names: scene.users(ids),
    })
}

async fn list(scene: &Scene, request: ListSelectionUsersRequest) -> ListSelectionUsersResponse {
    let answer = scene
        .connection
        .selections()
        .list_selection_users(request)
        .await;
    answer.unwrap().into_inner()
}

fn listing(scene: &Scene, id: &str, order_by: &str) -> ListSelectionUsersRequest {
    ListSelectionUsersRequest {
        parent: scene.selection(id),
        page_size: 2,
        order_by: order_by.to_owned(),
        ..ListSelectionUsersRequest::default()
    }
}

fn ids(page: &ListSelectionUsersResponse) -> String {
    let names = page.users.iter().map(|user| user.name.as_str());
    let ids = names.map(|name| name.rsplit('/').next().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

/// The users of a selection in directory order.
async fn members(scene: &Scene, id: &str) -> String {
    let request = ListSelectionUsersRequest {
        page_size: 1_000,
        ..listing(scene, id, "")
    };
    ids(&list(scene, request).await)
}

async fn get(scene: &Scene, id: &str) -> Result<Selection, Status> {
    let request = GetSelectionRequest {
        name: scene.selection(id),
    };
    let answer = scene.connection.selections().get_selection(request).await?;
    Ok(answer.into_inner().selection.unwrap())
}

async fn users_are_streamed_in_and_told_when_unknown(scene: Scene) {
    scene.add_users(5).await;
    let contents = vec![
        scene.selection_header("ticked", Some(filter("department = \"Sales\""))),
        users(&scene, &["u2", "ghost", "u1"]),
        users(&scene, &["phantom", "u2", "ghost"]),
    ];
    let created = scene.send_selection(contents).await.unwrap();
    let intake = SelectionIntake {
        given_count: 9,
        changed_count: 4,
        duplicate_count: 3,
        unknown_count: 2,
        unknown_users: scene.users(&["ghost", "phantom"]),
    };
    assert_eq!(created.intake, Some(intake));
    let selection = created.selection.unwrap();
    assert_eq!(
        (selection.name, selection.user_count),
        (scene.selection("ticked"), 4)
    );
    assert_eq!(members(&scene, "ticked").await, "u1 u2 u3 u5");
}

async fn a_selection_begins_empty_and_lives_a_day(scene: Scene) {
    let created = scene.save("", None).await;
    assert_eq!(created.user_count, 0);
    assert_eq!(created.idle_ttl.unwrap().seconds, 86_400);
    let life = created.expire_time.unwrap().seconds - created.create_time.unwrap().seconds;
    assert_eq!(life, 86_400);
}

async fn users_and_filters_come_and_go(scene: Scene) {
    scene.add_users(6).await;
    scene
        .save("ticked", Some(listed(scene.users(&["u2"]))))
        .await;
    let request = AddSelectionUsersRequest {
        name: scene.selection("ticked"),
        users: Some(filter("department = \"Sales\"")),
        ..AddSelectionUsersRequest::default()
    };
    let answer = scene
        .connection
        .selections()
        .add_selection_users(request)
        .await;
    let added = answer.unwrap().into_inner();
    assert_eq!(added.intake.unwrap().changed_count, 3);
    let request = RemoveSelectionUsersRequest {
        name: scene.selection("ticked"),
        users: Some(listed(scene.users(&["u3", "u4", "ghost"]))),
        etag: added.selection.unwrap().etag,
    };
    let answer = scene
        .connection
        .selections()
        .remove_selection_users(request.clone())
        .await;
    let removed = answer.unwrap().into_inner();
    let intake = removed.intake.unwrap();
    assert_eq!((intake.changed_count, intake.unknown_count), (1, 1));
    assert_eq!(members(&scene, "ticked").await, "u1 u2 u5");
    let again = scene
        .connection
        .selections()
        .remove_selection_users(request)
        .await;
    refused(again).is(Code::Aborted, ErrorReason::EtagMismatch);
}

async fn selections_are_combined(scene: Scene) {
    scene.add_users(5).await;
    scene.save("all", Some(everyone())).await;
    scene
        .save("some", Some(listed(scene.users(&["u4", "u2"]))))
        .await;
    let request = CombineSelectionsRequest {
        parent: scene.customer.clone(),
        selection_id: "others".to_owned(),
        operation: Operation::Difference.into(),
        sources: ["all", "some"].map(|id| scene.selection(id)).to_vec(),
        ..CombineSelectionsRequest::default()
    };
    let answer = scene
        .connection
        .selections()
        .combine_selections(request)
        .await;
    let combined = answer.unwrap().into_inner().selection.unwrap();
    assert_eq!(combined.user_count, 3);
    assert_eq!(members(&scene, "others").await, "u1 u3 u5");
}

async fn its_users_are_paged_in_any_order_and_from_either_end(scene: Scene) {
    scene.add_users(7).await;
    let chosen = scene.users(&["u6", "u1", "u3", "u7", "u2"]);
    scene.save("ticked", Some(listed(chosen))).await;
    let mut request = listing(&scene, "ticked", "display_name desc");
    let mut pages = Vec::new();
    let first = list(&scene, request.clone()).await;
    assert_eq!(
        (first.total_size, first.previous_page_token.as_str()),
        (5, "")
    );
    let mut page = first.clone();
    loop {
        pages.push(ids(&page));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        page = list(&scene, request.clone()).await;
    }
    assert_eq!(pages, ["u7 u6", "u3 u2", "u1"]);
    request.page_token = first.last_page_token;
    let last = list(&scene, request.clone()).await;
    assert_eq!(ids(&last), "u2 u1");
    request.page_token = last.previous_page_token;
    assert_eq!(ids(&list(&scene, request.clone()).await), "u6 u3");
    request.page_token = first.first_page_token;
    assert_eq!(ids(&list(&scene, request).await), "u7 u6");
}

async fn selections_are_listed_changed_and_deleted(scene: Scene) {
    for id in ["first", "second", "third"] {
        scene.save(id, None).await;
    }
    let mut selections = scene.connection.selections();
    let update = UpdateSelectionRequest {
        selection: Some(Selection {
            name: scene.selection("second"),
            display_name: "The second".to_owned(),
            ..Selection::default()
        }),
        ..UpdateSelectionRequest::default()
    };
    selections.update_selection(update).await.unwrap();
    let delete = DeleteSelectionRequest {
        name: scene.selection("third"),
        ..DeleteSelectionRequest::default()
    };
    selections.delete_selection(delete).await.unwrap();
    let mut request = ListSelectionsRequest {
        parent: scene.customer.clone(),
        page_size: 1,
        ..ListSelectionsRequest::default()
    };
    let page = selections
        .list_selections(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.total_size, 2);
    assert_eq!(page.selections[0].display_name, "The second");
    request.page_token = page.next_page_token;
    let page = selections
        .list_selections(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.selections[0].name, scene.selection("first"));
    assert_eq!(page.next_page_token, "");
}

async fn a_batch_runs_over_a_selection_and_so_does_its_dry_run(scene: Scene) {
    scene.add_users(5).await;
    scene.buy("suite", 2).await;
    scene
        .save("ticked", Some(listed(scene.users(&["u5", "u1", "u3"]))))
        .await;
    let selection = saved(&scene.selection("ticked"));
    let mut request = scene.request(assign(&["suite"]), selection);
    request.validate_only = true;
    let foretold = scene.run(request.clone()).await;
    request.validate_only = false;
    let done = scene.run(request).await;
    assert_eq!(foretold.results, done.results);
    assert_eq!(scene.holdings().await, ["u1:suite", "u3:suite"]);
}

async fn a_deleted_user_leaves_the_selection(scene: Scene) {
    scene.add_users(3).await;
    scene.save("all", Some(everyone())).await;
    let request = seatkeeper_proto::v1::DeleteUserRequest {
        name: scene.user("u2"),
        ..seatkeeper_proto::v1::DeleteUserRequest::default()
    };
    scene
        .connection
        .directory()
        .delete_user(request)
        .await
        .unwrap();
    assert_eq!(get(&scene, "all").await.unwrap().user_count, 2);
    assert_eq!(members(&scene, "all").await, "u1 u3");
}

async fn what_is_wrong_with_a_selection_is_refused(scene: Scene) {
    scene.add_users(1).await;
    scene.save("taken", None).await;
    let refusal = |contents| async { refused(scene.send_selection(contents).await) };
    let check = |refusal: Refusal, code, reason| {
        refusal.is(code, reason);
    };
    let taken = refusal(vec![scene.selection_header("taken", None)]).await;
    check(
        taken,
        Code::AlreadyExists,
        ErrorReason::SelectionAlreadyExists,
    );
    let headless = refusal(vec![users(&scene, &["u1"])]).await;
    check(
        headless,
        Code::InvalidArgument,
        ErrorReason::StreamOutOfOrder,
    );
    let second = vec![
        scene.selection_header("two", None),
        scene.selection_header("two", None),
    ];
    let second = refusal(second).await;
    check(second, Code::InvalidArgument, ErrorReason::StreamOutOfOrder);
    let nowhere = saved(&scene.selection("nowhere"));
    let nowhere = refusal(vec![scene.selection_header("two", Some(nowhere))]).await;
    check(nowhere, Code::NotFound, ErrorReason::SelectionNotFound);
    let filter = refusal(vec![
        scene.selection_header("two", Some(filter("shoe_size = 43"))),
    ])
    .await;
    filter
        .is(Code::InvalidArgument, ErrorReason::FilterSyntax)
        .at("header.source.filter");
    refused(get(&scene, "two").await).is(Code::NotFound, ErrorReason::SelectionNotFound);
}

async fn an_idle_time_out_of_bounds_is_refused(scene: Scene) {
    let content = Content::Header(Box::new(Header {
        parent: scene.customer.clone(),
        selection: Some(Selection {
            idle_ttl: Some(prost_types::Duration {
                seconds: 59,
                nanos: 0,
            }),
            ..Selection::default()
        }),
        ..Header::default()
    }));
    refused(scene.send_selection(vec![content]).await)
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("header.selection.idle_ttl");
}

async fn a_person_ticks_users_and_assigns_to_them(scene: Scene) {
    scene.add_users(6).await;
    scene.buy("suite", 4).await;
    let line = CommandLine::of(&scene);
    let customer = scene.customer_id();
    let select = async |words: &[&str]| {
        let mut all = vec!["select"];
        all.extend(words);
        all.extend(["--customer", customer]);
        line.objects(&all).await
    };
    let created = select(&["create", "ticked", "--user", "u6", "--user", "ghost"]).await;
    assert_eq!(created[0]["selection"]["user_count"], 1);
    assert_eq!(created[0]["intake"]["unknown_count"], 1);
    select(&["add", "ticked", "--filter", "department = \"Sales\""]).await;
    select(&["remove", "ticked", "--user", "u1"]).await;
    select(&["create", "five", "--user", "u5"]).await;
    select(&["combine", "rest", "difference", "ticked", "five"]).await;
    let shown = select(&["users", "rest", "--order-by", "display_name"]).await;
    assert_eq!(shown[0]["name"], scene.user("u3"));
    assert_eq!(shown[1]["name"], scene.user("u6"));
    assert_eq!(shown[2]["total_size"], 2);
    let words = [
        "--customer",
        customer,
        "--product",
        "suite",
        "--selection",
        "rest",
    ];
    let ended = line.run(&[&["assign"], &words[..]].concat()).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(scene.holdings().await, ["u3:suite", "u6:suite"]);
    select(&["delete", "five"]).await;
    let listed = select(&["list"]).await;
    let names: Vec<_> = listed
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, [scene.selection("rest"), scene.selection("ticked")]);
}

on_each_database! {
    users_are_streamed_in_and_told_when_unknown,
    a_selection_begins_empty_and_lives_a_day,
    users_and_filters_come_and_go,
    selections_are_combined,
    its_users_are_paged_in_any_order_and_from_either_end,
    selections_are_listed_changed_and_deleted,
    a_batch_runs_over_a_selection_and_so_does_its_dry_run,
    a_deleted_user_leaves_the_selection,
    what_is_wrong_with_a_selection_is_refused,
    an_idle_time_out_of_bounds_is_refused,
    a_person_ticks_users_and_assigns_to_them,
}
