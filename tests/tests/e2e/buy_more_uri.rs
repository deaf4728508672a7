use seatkeeper_tests::{Database, Own, Server, Storage, assign, everyone, on_each_database};

const TEMPLATE: &str = "https://shop.example/{customer}/buy?sku={product}";

async fn the_address_is_told_while_no_seat_is_left(database: Database) {
    let arguments = ["--buy-more-uri-template", TEMPLATE];
    let own = Own::start_with(Storage::create(database), &arguments).await;
    let scene = &own.scene;
    let expected = format!("https://shop.example/{}/buy?sku=suite", scene.customer_id());
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    assert_eq!(scene.entitlement("suite").await.buy_more_uri, "");

    let told = scene.change(assign(&["suite"]), everyone()).await;
    let left = &told.summary().seats_left;
    assert_eq!(
        (left[0].available_count, &*left[0].buy_more_uri),
        (0, &*expected)
    );
    assert_eq!(scene.entitlement("suite").await.buy_more_uri, expected);

    scene.buy("suite", 1).await;
    assert_eq!(scene.entitlement("suite").await.buy_more_uri, "");
}

#[test]
fn a_template_with_an_unknown_placeholder_is_refused_at_the_start() {
    let storage = Storage::create(Database::Sqlite);
    let template = "https://shop.example/{costumer}";
    let (status, said) = Server::refuse(&storage, &["--buy-more-uri-template", template]);
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("{costumer}; known are {customer}"), "{said}");
}

on_each_database! {
    the_address_is_told_while_no_seat_is_left,
}
