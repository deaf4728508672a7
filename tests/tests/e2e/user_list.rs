use seatkeeper_proto::v1::{ListUsersRequest, ListUsersResponse};
use seatkeeper_tests::{Scene, assign, listed, on_each_database};

async fn list(scene: &Scene, request: ListUsersRequest) -> ListUsersResponse {
    let answer = scene.connection.directory().list_users(request).await;
    answer.unwrap().into_inner()
}

/// Pages of two out of five users, the last by name first.
async fn request(scene: &Scene) -> ListUsersRequest {
    scene.add_users(5).await;
    ListUsersRequest {
        parent: scene.customer.clone(),
        page_size: 2,
        order_by: "display_name desc".to_owned(),
        ..ListUsersRequest::default()
    }
}

fn ids(page: &ListUsersResponse) -> Vec<&str> {
    let names = page.users.iter().map(|user| user.name.as_str());
    names.map(|name| name.rsplit('/').next().unwrap()).collect()
}

async fn pages_go_forwards(scene: Scene) {
    let mut request = request(&scene).await;
    let mut pages = Vec::new();
    loop {
        let page = list(&scene, request.clone()).await;
        pages.push(ids(&page).join(" "));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(pages, ["u5 u4", "u3 u2", "u1"]);
}

async fn pages_go_backwards(scene: Scene) {
    let mut request = request(&scene).await;
    request.page_token = list(&scene, request.clone()).await.next_page_token;
    let second = list(&scene, request.clone()).await;
    request.page_token = second.previous_page_token;
    let first = list(&scene, request).await;
    assert_eq!(ids(&first), ["u5", "u4"]);
    assert_eq!(first.previous_page_token, "");
}

async fn the_last_page_is_reached_at_once(scene: Scene) {
    let mut request = request(&scene).await;
    request.page_token = list(&scene, request.clone()).await.last_page_token;
    let last = list(&scene, request).await;
    assert_eq!(ids(&last).last(), Some(&"u1"));
    assert_eq!(last.next_page_token, "");
}

async fn the_first_page_is_reached_from_anywhere(scene: Scene) {
    let mut request = request(&scene).await;
    request.page_token = list(&scene, request.clone()).await.last_page_token;
    request.page_token = list(&scene, request.clone()).await.first_page_token;
    assert_eq!(ids(&list(&scene, request).await), ["u5", "u4"]);
}

async fn every_page_tells_how_many_match(scene: Scene) {
    let request = ListUsersRequest {
        filter: "department = \"sales\"".to_owned(),
        ..request(&scene).await
    };
    assert_eq!(list(&scene, request).await.total_size, 3);
}

async fn who_holds_a_product_can_be_asked_for(scene: Scene) {
    let request = ListUsersRequest {
        filter: "licenses:\"products/suite\"".to_owned(),
        ..request(&scene).await
    };
    scene.buy("suite", 5).await;
    scene
        .change(assign(&["suite"]), listed(scene.users(&["u2", "u4"])))
        .await;
    assert_eq!(ids(&list(&scene, request).await), ["u4", "u2"]);
}

on_each_database! {
    pages_go_forwards,
    pages_go_backwards,
    the_last_page_is_reached_at_once,
    the_first_page_is_reached_from_anywhere,
    every_page_tells_how_many_match,
    who_holds_a_product_can_be_asked_for,
}
