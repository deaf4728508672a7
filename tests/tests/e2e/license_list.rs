use seatkeeper_proto::v1::{ListLicensesRequest, ListLicensesResponse, license};
use seatkeeper_tests::{Scene, assign, everyone, on_each_database};

async fn list(scene: &Scene, request: ListLicensesRequest) -> ListLicensesResponse {
    let answer = scene.connection.licenses().list_licenses(request).await;
    answer.unwrap().into_inner()
}

fn of_all(scene: &Scene) -> ListLicensesRequest {
    ListLicensesRequest {
        parent: scene.user("-"),
        ..ListLicensesRequest::default()
    }
}

async fn three_users_hold_two_products(scene: &Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    scene.buy("addon", 3).await;
    scene.change(assign(&["suite", "addon"]), everyone()).await;
}

async fn one_user_has_their_own(scene: Scene) {
    three_users_hold_two_products(&scene).await;
    let request = ListLicensesRequest {
        parent: scene.user("u2"),
        ..of_all(&scene)
    };
    let page = list(&scene, request).await;
    let prefix = scene.user("u2");
    assert_eq!(page.licenses.len(), 2);
    assert!(
        page.licenses
            .iter()
            .all(|held| held.name.starts_with(&prefix))
    );
}

async fn a_product_can_be_asked_for(scene: Scene) {
    three_users_hold_two_products(&scene).await;
    let request = ListLicensesRequest {
        product: "products/addon".to_owned(),
        ..of_all(&scene)
    };
    let page = list(&scene, request).await;
    let products = page.licenses.iter().map(|held| held.product.as_str());
    assert_eq!(products.collect::<Vec<_>>(), ["products/addon"; 3]);
}

async fn pages_hold_each_license_once(scene: Scene) {
    three_users_hold_two_products(&scene).await;
    let all = list(&scene, of_all(&scene)).await.licenses;
    let mut request = ListLicensesRequest {
        page_size: 4,
        ..of_all(&scene)
    };
    let first = list(&scene, request.clone()).await;
    request.page_token = first.next_page_token;
    let second = list(&scene, request).await;
    assert_eq!(second.next_page_token, "");
    assert_eq!([first.licenses, second.licenses].concat(), all);
}

async fn a_license_of_active_seats_is_active(scene: Scene) {
    three_users_hold_two_products(&scene).await;
    let page = list(&scene, of_all(&scene)).await;
    let all_active = page
        .licenses
        .iter()
        .all(|held| held.state() == license::State::Active);
    assert!(all_active, "{page:?}");
}

on_each_database! {
    one_user_has_their_own,
    a_product_can_be_asked_for,
    pages_hold_each_license_once,
    a_license_of_active_seats_is_active,
}
