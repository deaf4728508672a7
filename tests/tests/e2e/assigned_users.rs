use seatkeeper_proto::v1::{
    ErrorReason, ListAssignedUsersRequest, ListAssignedUsersResponse, UserSelector,
};
use seatkeeper_tests::{
    CommandLine, Fixture, assign, assignment, everyone, filter, listed, on_each_database, plan,
    product, refused,
};
use tonic::Code;

/// A request for the holders of the suite, by name, in pages of two.
fn request(fixture: &Fixture, selection: UserSelector) -> ListAssignedUsersRequest {
    ListAssignedUsersRequest {
        parent: fixture.customer.clone(),
        selection: Some(selection),
        product: product("suite"),
        page_size: 2,
        order_by: "display_name".to_owned(),
        ..ListAssignedUsersRequest::default()
    }
}

async fn list(fixture: &Fixture, request: ListAssignedUsersRequest) -> ListAssignedUsersResponse {
    let answer = fixture
        .connection
        .licenses()
        .list_assigned_users(request)
        .await;
    answer.unwrap().into_inner()
}

/// Five of six users hold the suite: all but `u2`. `u1` holds it without the chat.
async fn five_hold_the_suite(fixture: &Fixture) {
    fixture.add_users(6).await;
    fixture.buy("suite", 6).await;
    let mut change = assign(&[]);
    change.assign.push(assignment("suite", &["chat"]));
    fixture.change(change, listed(fixture.users(&["u1"]))).await;
    let rest = listed(fixture.users(&["u3", "u4", "u5", "u6"]));
    fixture.change(assign(&["suite"]), rest).await;
}

fn ids(page: &ListAssignedUsersResponse) -> String {
    let users = page.assigned_users.iter().flat_map(|found| &found.user);
    let ids = users.map(|user| user.name.rsplit('/').next().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

async fn pages_go_both_ways(fixture: Fixture) {
    five_hold_the_suite(&fixture).await;
    let mut request = request(&fixture, everyone());
    let first = list(&fixture, request.clone()).await;
    assert_eq!((ids(&first).as_str(), first.total_size), ("u1 u3", 5));
    assert_eq!(first.previous_page_token, "");
    request.page_token.clone_from(&first.next_page_token);
    let second = list(&fixture, request.clone()).await;
    assert_eq!(ids(&second), "u4 u5");
    request.page_token.clone_from(&second.previous_page_token);
    assert_eq!(ids(&list(&fixture, request.clone()).await), "u1 u3");
    request.page_token.clone_from(&second.last_page_token);
    let last = list(&fixture, request.clone()).await;
    assert_eq!(
        (ids(&last).as_str(), last.next_page_token.as_str()),
        ("u5 u6", "")
    );
    request.page_token.clone_from(&last.first_page_token);
    assert_eq!(ids(&list(&fixture, request).await), "u1 u3");
}

async fn only_the_selected_are_listed(fixture: Fixture) {
    five_hold_the_suite(&fixture).await;
    let selections = [
        (listed(fixture.users(&["u6", "u2", "u1"])), "u1 u6"),
        (filter("department = \"Research\""), "u4 u6"),
        (filter("display_name = \"nobody\""), ""),
    ];
    for (selection, expected) in selections {
        let page = list(&fixture, request(&fixture, selection)).await;
        assert_eq!(ids(&page), expected);
    }
}

async fn each_license_is_listed(fixture: Fixture) {
    five_hold_the_suite(&fixture).await;
    let page = list(&fixture, request(&fixture, everyone())).await;
    let licenses = page.assigned_users.iter().flat_map(|found| &found.license);
    let off: Vec<_> = licenses
        .map(|license| license.disabled_plans.clone())
        .collect();
    assert_eq!(off, [vec![plan("suite", "chat")], Vec::new()]);
}

async fn a_token_of_another_order_is_refused(fixture: Fixture) {
    five_hold_the_suite(&fixture).await;
    let mut request = request(&fixture, everyone());
    request.page_token = list(&fixture, request.clone()).await.next_page_token;
    "display_name desc".clone_into(&mut request.order_by);
    let answer = fixture
        .connection
        .licenses()
        .list_assigned_users(request)
        .await;
    refused(answer).is(Code::InvalidArgument, ErrorReason::PageTokenMismatch);
}

async fn a_person_lists_them_on_the_command_line(fixture: Fixture) {
    five_hold_the_suite(&fixture).await;
    let line = CommandLine::of(&fixture);
    let words = [
        "licenses",
        "holders",
        "--customer",
        fixture.customer_id(),
        "--product",
        "suite",
        "--filter",
        "department = \"Sales\"",
        "--order-by",
        "display_name desc",
    ];
    let mut objects = line.objects(&words).await;
    assert_eq!(objects.pop().unwrap()["total_size"], 3);
    let users = objects
        .iter()
        .map(|found| found["user"]["display_name"].clone());
    assert_eq!(users.collect::<Vec<_>>(), ["User u5", "User u3", "User u1"]);
}

on_each_database! {
    pages_go_both_ways,
    only_the_selected_are_listed,
    each_license_is_listed,
    a_token_of_another_order_is_refused,
    a_person_lists_them_on_the_command_line,
}
