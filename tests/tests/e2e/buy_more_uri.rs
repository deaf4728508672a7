use seatkeeper_tests::{Database, OwnServer, Server, Storage, assign, everyone, on_each_database};

const TEMPLATE: &str = "https://shop.example/{customer}/buy?sku={product}";

async fn the_purchase_address_is_returned_while_no_seat_is_left(database: Database) {
    let arguments = ["--buy-more-uri-template", TEMPLATE];
    let own = OwnServer::start_with(Storage::create(database), &arguments).await;
    let fixture = &own.fixture;
    let expected = format!(
        "https://shop.example/{}/buy?sku=suite",
        fixture.customer_id()
    );
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    assert_eq!(fixture.entitlement("suite").await.buy_more_uri, "");

    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    let left = &transcript.summary().seats_left;
    assert_eq!(
        (left[0].available_count, &*left[0].buy_more_uri),
        (0, &*expected)
    );
    assert_eq!(fixture.entitlement("suite").await.buy_more_uri, expected);

    fixture.buy("suite", 1).await;
    assert_eq!(fixture.entitlement("suite").await.buy_more_uri, "");
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
    the_purchase_address_is_returned_while_no_seat_is_left,
}
