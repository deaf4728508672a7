use seatkeeper_proto::v1::combine_selections_request::Operation;
use seatkeeper_proto::v1::create_selection_request::{Content, Header};
use seatkeeper_proto::v1::{
    AddSelectionUsersRequest, CombineSelectionsRequest, DeleteSelectionRequest, ErrorReason,
    GetSelectionRequest, ListSelectionUsersRequest, ListSelectionUsersResponse,
    ListSelectionsRequest, RemoveSelectionUsersRequest, Selection, SelectionUserSummary,
    UpdateSelectionRequest, UserList,
};
use seatkeeper_tests::{
    CommandLine, Fixture, Refusal, assign, everyone, filter, listed, on_each_database, refused,
    saved,
};
use tonic::{Code, Status};

fn users(fixture: &Fixture, ids: &[&str]) -> Content {
    Content::Users(UserList {
        names: fixture.users(ids),
    })
}

async fn list(fixture: &Fixture, request: ListSelectionUsersRequest) -> ListSelectionUsersResponse {
    let answer = fixture
        .connection
        .selections()
        .list_selection_users(request)
        .await;
    answer.unwrap().into_inner()
}

fn listing(fixture: &Fixture, id: &str, order_by: &str) -> ListSelectionUsersRequest {
    ListSelectionUsersRequest {
        parent: fixture.selection(id),
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

/// The users of a selection, in directory order.
async fn members(fixture: &Fixture, id: &str) -> String {
    let request = ListSelectionUsersRequest {
        page_size: 1_000,
        ..listing(fixture, id, "")
    };
    ids(&list(fixture, request).await)
}

async fn get(fixture: &Fixture, id: &str) -> Result<Selection, Status> {
    let request = GetSelectionRequest {
        name: fixture.selection(id),
    };
    let answer = fixture
        .connection
        .selections()
        .get_selection(request)
        .await?;
    Ok(answer.into_inner().selection.unwrap())
}

async fn users_are_streamed_in_and_unknown_ones_are_reported(fixture: Fixture) {
    fixture.add_users(5).await;
    let contents = vec![
        fixture.selection_header("ticked", Some(filter("department = \"Sales\""))),
        users(&fixture, &["u2", "ghost", "u1"]),
        users(&fixture, &["phantom", "u2", "ghost"]),
    ];
    let created = fixture.send_selection(contents).await.unwrap();
    let summary = SelectionUserSummary {
        given_count: 9,
        changed_count: 4,
        duplicate_count: 3,
        unknown_count: 2,
        unknown_users: fixture.users(&["ghost", "phantom"]),
    };
    assert_eq!(created.summary, Some(summary));
    let selection = created.selection.unwrap();
    assert_eq!(
        (selection.name, selection.user_count),
        (fixture.selection("ticked"), 4)
    );
    assert_eq!(members(&fixture, "ticked").await, "u1 u2 u3 u5");
}

async fn a_selection_begins_empty_and_lives_a_day(fixture: Fixture) {
    let created = fixture.save("", None).await;
    assert_eq!(created.user_count, 0);
    assert_eq!(created.idle_ttl.unwrap().seconds, 86_400);
    let life = created.expire_time.unwrap().seconds - created.create_time.unwrap().seconds;
    assert_eq!(life, 86_400);
}

async fn users_and_filters_come_and_go(fixture: Fixture) {
    fixture.add_users(6).await;
    fixture
        .save("ticked", Some(listed(fixture.users(&["u2"]))))
        .await;
    let request = AddSelectionUsersRequest {
        name: fixture.selection("ticked"),
        users: Some(filter("department = \"Sales\"")),
        ..AddSelectionUsersRequest::default()
    };
    let answer = fixture
        .connection
        .selections()
        .add_selection_users(request)
        .await;
    let added = answer.unwrap().into_inner();
    assert_eq!(added.summary.unwrap().changed_count, 3);
    let request = RemoveSelectionUsersRequest {
        name: fixture.selection("ticked"),
        users: Some(listed(fixture.users(&["u3", "u4", "ghost"]))),
        etag: added.selection.unwrap().etag,
    };
    let answer = fixture
        .connection
        .selections()
        .remove_selection_users(request.clone())
        .await;
    let removed = answer.unwrap().into_inner();
    let summary = removed.summary.unwrap();
    assert_eq!((summary.changed_count, summary.unknown_count), (1, 1));
    assert_eq!(members(&fixture, "ticked").await, "u1 u2 u5");
    let again = fixture
        .connection
        .selections()
        .remove_selection_users(request)
        .await;
    refused(again).is(Code::Aborted, ErrorReason::EtagMismatch);
}

async fn selections_are_combined(fixture: Fixture) {
    fixture.add_users(5).await;
    fixture.save("all", Some(everyone())).await;
    fixture
        .save("some", Some(listed(fixture.users(&["u4", "u2"]))))
        .await;
    let request = CombineSelectionsRequest {
        parent: fixture.customer.clone(),
        selection_id: "others".to_owned(),
        operation: Operation::Difference.into(),
        sources: ["all", "some"].map(|id| fixture.selection(id)).to_vec(),
        ..CombineSelectionsRequest::default()
    };
    let answer = fixture
        .connection
        .selections()
        .combine_selections(request)
        .await;
    let combined = answer.unwrap().into_inner().selection.unwrap();
    assert_eq!(combined.user_count, 3);
    assert_eq!(members(&fixture, "others").await, "u1 u3 u5");
}

async fn its_users_are_paged_in_any_order_and_from_either_end(fixture: Fixture) {
    fixture.add_users(7).await;
    let chosen = fixture.users(&["u6", "u1", "u3", "u7", "u2"]);
    fixture.save("ticked", Some(listed(chosen))).await;
    let mut request = listing(&fixture, "ticked", "display_name desc");
    let mut pages = Vec::new();
    let first = list(&fixture, request.clone()).await;
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
        page = list(&fixture, request.clone()).await;
    }
    assert_eq!(pages, ["u7 u6", "u3 u2", "u1"]);
    request.page_token = first.last_page_token;
    let last = list(&fixture, request.clone()).await;
    assert_eq!(ids(&last), "u2 u1");
    request.page_token = last.previous_page_token;
    assert_eq!(ids(&list(&fixture, request.clone()).await), "u6 u3");
    request.page_token = first.first_page_token;
    assert_eq!(ids(&list(&fixture, request).await), "u7 u6");
}

async fn selections_are_listed_changed_and_deleted(fixture: Fixture) {
    for id in ["first", "second", "third"] {
        fixture.save(id, None).await;
    }
    let mut selections = fixture.connection.selections();
    let update = UpdateSelectionRequest {
        selection: Some(Selection {
            name: fixture.selection("second"),
            display_name: "The second".to_owned(),
            ..Selection::default()
        }),
        ..UpdateSelectionRequest::default()
    };
    selections.update_selection(update).await.unwrap();
    let delete = DeleteSelectionRequest {
        name: fixture.selection("third"),
        ..DeleteSelectionRequest::default()
    };
    selections.delete_selection(delete).await.unwrap();
    let mut request = ListSelectionsRequest {
        parent: fixture.customer.clone(),
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
    assert_eq!(page.selections[0].name, fixture.selection("first"));
    assert_eq!(page.next_page_token, "");
}

async fn a_batch_runs_over_a_selection_and_so_does_its_dry_run(fixture: Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 2).await;
    fixture
        .save("ticked", Some(listed(fixture.users(&["u5", "u1", "u3"]))))
        .await;
    let selection = saved(&fixture.selection("ticked"));
    let mut request = fixture.request(assign(&["suite"]), selection);
    request.validate_only = true;
    let foretold = fixture.run(request.clone()).await;
    request.validate_only = false;
    let done = fixture.run(request).await;
    assert_eq!(foretold.results, done.results);
    assert_eq!(fixture.holdings().await, ["u1:suite", "u3:suite"]);
}

async fn a_deleted_user_leaves_the_selection(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.save("all", Some(everyone())).await;
    let request = seatkeeper_proto::v1::DeleteUserRequest {
        name: fixture.user("u2"),
        ..seatkeeper_proto::v1::DeleteUserRequest::default()
    };
    fixture
        .connection
        .directory()
        .delete_user(request)
        .await
        .unwrap();
    assert_eq!(get(&fixture, "all").await.unwrap().user_count, 2);
    assert_eq!(members(&fixture, "all").await, "u1 u3");
}

async fn an_invalid_selection_is_refused(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.save("taken", None).await;
    let refusal = |contents| async { refused(fixture.send_selection(contents).await) };
    let check = |refusal: Refusal, code, reason| {
        refusal.is(code, reason);
    };
    let taken = refusal(vec![fixture.selection_header("taken", None)]).await;
    check(
        taken,
        Code::AlreadyExists,
        ErrorReason::SelectionAlreadyExists,
    );
    let headless = refusal(vec![users(&fixture, &["u1"])]).await;
    check(
        headless,
        Code::InvalidArgument,
        ErrorReason::StreamOutOfOrder,
    );
    let second = vec![
        fixture.selection_header("two", None),
        fixture.selection_header("two", None),
    ];
    let second = refusal(second).await;
    check(second, Code::InvalidArgument, ErrorReason::StreamOutOfOrder);
    let nowhere = saved(&fixture.selection("nowhere"));
    let nowhere = refusal(vec![fixture.selection_header("two", Some(nowhere))]).await;
    check(nowhere, Code::NotFound, ErrorReason::SelectionNotFound);
    let filter = refusal(vec![
        fixture.selection_header("two", Some(filter("shoe_size = 43"))),
    ])
    .await;
    filter
        .is(Code::InvalidArgument, ErrorReason::FilterSyntax)
        .at("header.source.filter");
    refused(get(&fixture, "two").await).is(Code::NotFound, ErrorReason::SelectionNotFound);
}

async fn an_idle_time_out_of_bounds_is_refused(fixture: Fixture) {
    let content = Content::Header(Box::new(Header {
        parent: fixture.customer.clone(),
        selection: Some(Selection {
            idle_ttl: Some(prost_types::Duration {
                seconds: 59,
                nanos: 0,
            }),
            ..Selection::default()
        }),
        ..Header::default()
    }));
    refused(fixture.send_selection(vec![content]).await)
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("header.selection.idle_ttl");
}

async fn a_person_ticks_users_and_assigns_to_them(fixture: Fixture) {
    fixture.add_users(6).await;
    fixture.buy("suite", 4).await;
    let line = CommandLine::of(&fixture);
    let customer = fixture.customer_id();
    let select = async |words: &[&str]| {
        let mut all = vec!["select"];
        all.extend(words);
        all.extend(["--customer", customer]);
        line.objects(&all).await
    };
    let created = select(&["create", "ticked", "--user", "u6", "--user", "ghost"]).await;
    assert_eq!(created[0]["selection"]["user_count"], 1);
    assert_eq!(created[0]["summary"]["unknown_count"], 1);
    select(&["add", "ticked", "--filter", "department = \"Sales\""]).await;
    select(&["remove", "ticked", "--user", "u1"]).await;
    select(&["create", "five", "--user", "u5"]).await;
    select(&["combine", "rest", "difference", "ticked", "five"]).await;
    let shown = select(&["users", "rest", "--order-by", "display_name"]).await;
    assert_eq!(shown[0]["name"], fixture.user("u3"));
    assert_eq!(shown[1]["name"], fixture.user("u6"));
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
    assert_eq!(fixture.holdings().await, ["u3:suite", "u6:suite"]);
    select(&["delete", "five"]).await;
    let listed = select(&["list"]).await;
    let names: Vec<_> = listed
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [fixture.selection("rest"), fixture.selection("ticked")]
    );
}

on_each_database! {
    users_are_streamed_in_and_unknown_ones_are_reported,
    a_selection_begins_empty_and_lives_a_day,
    users_and_filters_come_and_go,
    selections_are_combined,
    its_users_are_paged_in_any_order_and_from_either_end,
    selections_are_listed_changed_and_deleted,
    a_batch_runs_over_a_selection_and_so_does_its_dry_run,
    a_deleted_user_leaves_the_selection,
    an_invalid_selection_is_refused,
    an_idle_time_out_of_bounds_is_refused,
    a_person_ticks_users_and_assigns_to_them,
}
