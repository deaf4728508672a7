use seatkeeper_proto::v1::{ListUsersRequest, ListUsersResponse, User, user};
use seatkeeper_tests::{CommandLine, Fixture, assign, listed, on_each_database};

async fn list(fixture: &Fixture, request: ListUsersRequest) -> ListUsersResponse {
    let answer = fixture.connection.directory().list_users(request).await;
    answer.unwrap().into_inner()
}

/// A request for two of five users, by name, last first.
async fn request(fixture: &Fixture) -> ListUsersRequest {
    fixture.add_users(5).await;
    ListUsersRequest {
        parent: fixture.customer.clone(),
        page_size: 2,
        order_by: "display_name desc".to_owned(),
        ..ListUsersRequest::default()
    }
}

fn ids(page: &ListUsersResponse) -> Vec<&str> {
    let names = page.users.iter().map(|user| user.name.as_str());
    names.map(|name| name.rsplit('/').next().unwrap()).collect()
}

async fn pages_go_forwards(fixture: Fixture) {
    let mut request = request(&fixture).await;
    let mut pages = Vec::new();
    loop {
        let page = list(&fixture, request.clone()).await;
        pages.push(ids(&page).join(" "));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(pages, ["u5 u4", "u3 u2", "u1"]);
}

async fn pages_go_backwards(fixture: Fixture) {
    let mut request = request(&fixture).await;
    request.page_token = list(&fixture, request.clone()).await.next_page_token;
    let second = list(&fixture, request.clone()).await;
    request.page_token = second.previous_page_token;
    let first = list(&fixture, request).await;
    assert_eq!(ids(&first), ["u5", "u4"]);
    assert_eq!(first.previous_page_token, "");
}

async fn the_last_page_is_reached_at_once(fixture: Fixture) {
    let mut request = request(&fixture).await;
    request.page_token = list(&fixture, request.clone()).await.last_page_token;
    let last = list(&fixture, request).await;
    assert_eq!(ids(&last).last(), Some(&"u1"));
    assert_eq!(last.next_page_token, "");
}

async fn the_first_page_is_reached_from_anywhere(fixture: Fixture) {
    let mut request = request(&fixture).await;
    request.page_token = list(&fixture, request.clone()).await.last_page_token;
    request.page_token = list(&fixture, request.clone()).await.first_page_token;
    assert_eq!(ids(&list(&fixture, request).await), ["u5", "u4"]);
}

async fn every_page_has_the_total_count(fixture: Fixture) {
    let request = ListUsersRequest {
        filter: "department = \"sales\"".to_owned(),
        ..request(&fixture).await
    };
    assert_eq!(list(&fixture, request).await.total_size, 3);
}

async fn users_can_be_filtered_by_product_held(fixture: Fixture) {
    let request = ListUsersRequest {
        filter: "licenses:\"products/suite\"".to_owned(),
        ..request(&fixture).await
    };
    fixture.buy("suite", 5).await;
    fixture
        .change(assign(&["suite"]), listed(fixture.users(&["u2", "u4"])))
        .await;
    assert_eq!(ids(&list(&fixture, request).await), ["u4", "u2"]);
}

/// Filters, and which of `ann`, `bea` and `cy` they match.
const FILTERS: [(&str, &[&str]); 14] = [
    ("display_name = \"ANN Adams\"", &["ann"]),
    ("display_name = \"b*\"", &["bea"]),
    ("sign_in_name = \"cy@*\"", &["cy"]),
    ("department = \"Sales\"", &["ann", "bea"]),
    ("department != \"Sales\"", &["cy"]),
    ("job_title = \"Lead*\"", &["bea", "cy"]),
    ("usage_location = FR", &["bea"]),
    ("usage_location != FR", &["ann", "cy"]),
    ("state = BLOCKED", &["cy"]),
    ("licenses:\"products/suite\"", &["ann", "bea"]),
    ("NOT licenses:\"products/suite\"", &["cy"]),
    ("licenses:*", &["ann", "bea"]),
    ("department = Sales AND -usage_location = FR", &["ann"]),
    (
        "usage_location = FR OR (state = BLOCKED job_title = Lead)",
        &["bea", "cy"],
    ),
];

async fn each_field_can_be_asked_for(fixture: Fixture) {
    let person = |id: &str, name: &str, department: &str, title: &str, location: &str| User {
        display_name: name.to_owned(),
        department: department.to_owned(),
        job_title: title.to_owned(),
        ..fixture.person(id, location)
    };
    let blocked = User {
        state: user::State::Blocked.into(),
        ..person("cy", "Cy Carr", "Research", "Lead", "")
    };
    let ann = person("ann", "Ann Adams", "Sales", "Clerk", "CH");
    let bea = person("bea", "Bea Bell", "Sales", "Leader", "FR");
    fixture.import_users(vec![ann, bea, blocked]).await;
    fixture.buy("suite", 2).await;
    fixture
        .change(assign(&["suite"]), listed(fixture.users(&["ann", "bea"])))
        .await;
    for (filter, found) in FILTERS {
        let request = ListUsersRequest {
            parent: fixture.customer.clone(),
            filter: filter.to_owned(),
            ..ListUsersRequest::default()
        };
        assert_eq!(ids(&list(&fixture, request).await), found, "{filter}");
    }
}

async fn each_order_is_kept(fixture: Fixture) {
    let person = |id: &str, sign_in: &str, display: &str| User {
        sign_in_name: sign_in.to_owned(),
        display_name: display.to_owned(),
        ..fixture.person(id, "CH")
    };
    for (id, sign_in, display) in [("u1", "c", "b"), ("u2", "a", "C"), ("u3", "B", "a")] {
        fixture
            .import_users(vec![person(id, sign_in, display)])
            .await;
    }
    for (order, expected) in [
        ("display_name", ["u3", "u1", "u2"]),
        ("display_name desc", ["u2", "u1", "u3"]),
        ("sign_in_name", ["u2", "u3", "u1"]),
        ("sign_in_name desc", ["u1", "u3", "u2"]),
        ("update_time", ["u1", "u2", "u3"]),
        ("update_time desc", ["u3", "u2", "u1"]),
    ] {
        let request = ListUsersRequest {
            parent: fixture.customer.clone(),
            order_by: order.to_owned(),
            ..ListUsersRequest::default()
        };
        assert_eq!(ids(&list(&fixture, request).await), expected, "{order}");
    }
}

/// With pages of one user, one user is deleted and one is added after each page.
async fn a_remaining_user_is_listed_once_while_others_come_and_go(fixture: Fixture) {
    let mut request = ListUsersRequest {
        page_size: 1,
        order_by: "display_name".to_owned(),
        ..request(&fixture).await
    };
    let mut met = Vec::new();
    for (leaves, joins) in [("u1", "u0"), ("u4", "u2a"), ("u2", "u9")] {
        let page = list(&fixture, request.clone()).await;
        met.extend(ids(&page).into_iter().map(str::to_owned));
        request.page_token.clone_from(&page.next_page_token);
        fixture.delete_user(leaves).await;
        fixture
            .import_users(vec![fixture.person(joins, "CH")])
            .await;
    }
    while !request.page_token.is_empty() {
        let page = list(&fixture, request.clone()).await;
        met.extend(ids(&page).into_iter().map(str::to_owned));
        request.page_token = page.next_page_token;
    }
    assert_eq!(met, ["u1", "u2", "u2a", "u3", "u5", "u9"]);
}

async fn a_person_pages_on_the_command_line(fixture: Fixture) {
    fixture.add_users(5).await;
    let line = CommandLine::of(&fixture);
    let customer = fixture.customer_id();
    let words = [
        "users",
        "list",
        "--customer",
        customer,
        "--filter",
        "department = \"Sales\"",
        "--order-by",
        "display_name",
        "--page-size",
        "2",
    ];
    let show = async |page: &[&str]| {
        let words: Vec<_> = words
            .iter()
            .chain(["--page"].iter())
            .chain(page)
            .copied()
            .collect();
        let mut objects = line.objects(&words).await;
        let pages = objects.pop().unwrap();
        let names = objects
            .iter()
            .map(|user| user["display_name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), pages)
    };
    let (first, pages) = show(&["first"]).await;
    assert_eq!(first, ["User u1", "User u3"]);
    assert_eq!(pages["total_size"], 3);
    let next = pages["next_page_token"].as_str().unwrap();
    assert_eq!(show(&["next", next]).await.0, ["User u5"]);
    let (last, pages) = show(&["last"]).await;
    assert_eq!(last, ["User u3", "User u5"]);
    let previous = pages["previous_page_token"].as_str().unwrap();
    assert_eq!(show(&["previous", previous]).await.0, ["User u1"]);
}

on_each_database! {
    each_field_can_be_asked_for,
    each_order_is_kept,
    a_remaining_user_is_listed_once_while_others_come_and_go,
    a_person_pages_on_the_command_line,
    pages_go_forwards,
    pages_go_backwards,
    the_last_page_is_reached_at_once,
    the_first_page_is_reached_from_anywhere,
    every_page_has_the_total_count,
    users_can_be_filtered_by_product_held,
}
