use super::*;
use crate::{AppliesTo, ProductId, ProductKey};

fn product(id: &str, part_number: &str) -> Product {
    Product {
        key: ProductKey(0),
        id: ProductId::parse(id).unwrap(),
        display_name: String::new(),
        part_number: part_number.to_owned(),
        service_plans: Vec::new(),
        applies_to: AppliesTo::User,
        retired: false,
    }
}

fn uri(template: &str, customer: &str, product_id: &str) -> String {
    let customer = CustomerId::parse(customer).unwrap();
    BuyMoreTemplate::parse(template)
        .unwrap()
        .uri(&customer, &product(product_id, "SKU 1/ü"))
}

#[test]
fn placeholders_are_filled_in_wherever_they_stand() {
    assert_eq!(
        uri(
            "https://shop.example/{customer}/{product}?again={customer}#buy",
            "contoso",
            "p1"
        ),
        "https://shop.example/contoso/p1?again=contoso#buy"
    );
    assert_eq!(uri("http://shop.example", "a", "b"), "http://shop.example");
}

#[test]
fn reserved_uri_characters_are_percent_encoded() {
    assert_eq!(
        uri(
            "https://shop.example/{customer}?sku={part_number}",
            "a+b@c'!~",
            "p"
        ),
        "https://shop.example/a%2Bb%40c%27%21~?sku=SKU%201%2F%C3%BC"
    );
}

#[test]
fn an_invalid_template_is_refused_with_the_position_of_the_mistake() {
    use BuyMoreTemplateError::{
        Brace, Character, NotAbsolute, PlaceholderInHost, TooLong, UnknownPlaceholder,
    };
    let at = |character, position| Character {
        character,
        position,
    };
    let given = "user".to_owned();
    let long = format!("https://shop.example/{}", "x".repeat(1_004));
    let cases = [
        ("", NotAbsolute),
        ("shop.example/{product}", NotAbsolute),
        ("ftp://shop.example", NotAbsolute),
        ("https:///{product}", NotAbsolute),
        ("https://{customer}.shop.example/", PlaceholderInHost),
        ("https://shop.example/{user}", UnknownPlaceholder { given }),
        ("https://s.example/{", Brace { position: 18 }),
        ("https://s.example/}", Brace { position: 18 }),
        ("https://s.example/{{product}}", Brace { position: 18 }),
        ("https://s.example/a b", at(' ', 19)),
        ("https://s.example/ü", at('ü', 18)),
        (&long, TooLong { given: 1_025 }),
    ];
    for (template, error) in cases {
        assert_eq!(
            BuyMoreTemplate::parse(template).unwrap_err(),
            error,
            "{template}"
        );
    }
}
