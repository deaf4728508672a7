use seatkeeper_proto::v1::{ListLicensesRequest, ListLicensesResponse, license};
use seatkeeper_tests::{Fixture, assign, everyone, on_each_database};

async fn list(fixture: &Fixture, request: ListLicensesRequest) -> ListLicensesResponse {
    let answer = fixture.connection.licenses().list_licenses(request).await;
    answer.unwrap().into_inner()
}

fn of_all(fixture: &Fixture) -> ListLicensesRequest {
    ListLicensesRequest {
        parent: fixture.user("-"),
        ..ListLicensesRequest::default()
    }
}

async fn three_users_hold_two_products(fixture: &Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    fixture.buy("addon", 3).await;
    fixture
        .change(assign(&["suite", "addon"]), everyone())
        .await;
}

async fn one_user_has_their_own(fixture: Fixture) {
    three_users_hold_two_products(&fixture).await;
    let request = ListLicensesRequest {
        parent: fixture.user("u2"),
        ..of_all(&fixture)
    };
    let page = list(&fixture, request).await;
    let prefix = fixture.user("u2");
    assert_eq!(page.licenses.len(), 2);
    assert!(
        page.licenses
            .iter()
            .all(|held| held.name.starts_with(&prefix))
    );
}

async fn a_product_can_be_asked_for(fixture: Fixture) {
    three_users_hold_two_products(&fixture).await;
    let request = ListLicensesRequest {
        product: "products/addon".to_owned(),
        ..of_all(&fixture)
    };
    let page = list(&fixture, request).await;
    let products = page.licenses.iter().map(|held| held.product.as_str());
    assert_eq!(products.collect::<Vec<_>>(), ["products/addon"; 3]);
}

async fn pages_hold_each_license_once(fixture: Fixture) {
    three_users_hold_two_products(&fixture).await;
    let all = list(&fixture, of_all(&fixture)).await.licenses;
    let mut request = ListLicensesRequest {
        page_size: 4,
        ..of_all(&fixture)
    };
    let first = list(&fixture, request.clone()).await;
    request.page_token = first.next_page_token;
    let second = list(&fixture, request).await;
    assert_eq!(second.next_page_token, "");
    assert_eq!([first.licenses, second.licenses].concat(), all);
}

async fn a_license_of_active_seats_is_active(fixture: Fixture) {
    three_users_hold_two_products(&fixture).await;
    let page = list(&fixture, of_all(&fixture)).await;
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
