use proptest::prelude::*;

use super::*;
use crate::{Timestamp, User, UserId, UserKey};

mod errors;
mod roundtrip;

type Filter = UserFilter<ProductId>;

fn parsed(text: &str) -> Filter {
    UserFilter::parse(text).unwrap().unwrap()
}

fn canonical(text: &str) -> String {
    parsed(text).to_string()
}

#[test]
fn blank_is_no_filter() {
    assert_eq!(UserFilter::parse(""), Ok(None));
    assert_eq!(UserFilter::parse(" \t\n"), Ok(None));
}

#[test]
fn or_binds_tighter_than_and() {
    let expected = parsed("state = ACTIVE AND (department = \"a\" OR department = \"b\")");
    assert_eq!(
        parsed("state = ACTIVE AND department = a OR department = b"),
        expected
    );
    assert_eq!(
        parsed("state = ACTIVE department = a OR department = b"),
        expected
    );
    assert!(matches!(expected, Filter::And(members) if members.len() == 2));
}

#[test]
fn negation_binds_tightest() {
    let expected = "NOT state = ACTIVE OR department = \"a\"";
    assert_eq!(canonical("NOT state = ACTIVE OR department = a"), expected);
    assert_eq!(canonical("-state = ACTIVE OR department = a"), expected);
    assert_eq!(canonical("state != ACTIVE OR department = a"), expected);
}

#[test]
fn nesting_is_flattened_and_double_negation_dropped() {
    assert_eq!(
        parsed("(state = ACTIVE AND (department = a)) AND (job_title = b AND licenses:*)"),
        parsed("state = ACTIVE department = a job_title = b licenses:*")
    );
    assert_eq!(parsed("NOT (NOT state = ACTIVE)"), parsed("state = ACTIVE"));
    assert_eq!(parsed("-(state != ACTIVE)"), parsed("state = ACTIVE"));
}

#[test]
fn texts_are_folded_in_ascii_letters_alone() {
    assert_eq!(
        parsed("display_name = \"ANN ÄRZTIN\""),
        Filter::Text {
            field: UserTextField::DisplayName,
            matcher: TextMatch::Equals("ann Ärztin".to_owned()),
        }
    );
}

#[test]
fn an_asterisk_at_the_end_makes_a_prefix_unless_escaped() {
    let matcher = |text: &str| {
        let filter = parsed(text);
        let Filter::Text { matcher, .. } = filter else {
            panic!("not a text comparison: {filter:?}");
        };
        matcher
    };
    let prefix = TextMatch::Prefix("ann".to_owned());
    assert_eq!(matcher("display_name = \"Ann*\""), prefix);
    assert_eq!(matcher("display_name = Ann*"), prefix);
    assert_eq!(
        matcher(r#"display_name = "Ann\*""#),
        TextMatch::Equals("ann*".to_owned())
    );
    assert_eq!(
        matcher(r#"display_name = "Ann\**""#),
        TextMatch::Prefix("ann*".to_owned())
    );
    assert_eq!(
        matcher("display_name = \"*\""),
        TextMatch::Prefix(String::new())
    );
}

#[test]
fn quotes_of_both_kinds_hold_escapes() {
    let expected = parsed(r#"job_title = "the \"boss\" isn't \\ here""#);
    assert_eq!(
        parsed(r#"job_title = 'the "boss" isn\'t \\ here'"#),
        expected
    );
    assert_eq!(
        expected,
        Filter::Text {
            field: UserTextField::JobTitle,
            matcher: TextMatch::Equals(r#"the "boss" isn't \ here"#.to_owned()),
        }
    );
}

#[test]
fn the_former_name_of_the_sign_in_name_is_accepted() {
    let former = parsed("principal_name = \"ann*\"");
    assert_eq!(former, parsed("sign_in_name = \"ann*\""));
}

#[test]
fn licenses_name_a_product_or_any() {
    let id = "6fd2c87f-b296-42f0-b197-1e91e994b900";
    let holds = Filter::Holds(ProductId::parse(id).unwrap());
    assert_eq!(parsed(&format!("licenses:\"products/{id}\"")), holds);
    assert_eq!(parsed(&format!("licenses:products/{id}")), holds);
    assert_eq!(
        parsed(&format!("NOT licenses:'products/{}'", id.to_uppercase())),
        holds.negate()
    );
    assert_eq!(parsed("licenses:*"), Filter::HoldsAny);
    assert_eq!(parsed("licenses:\"*\""), Filter::HoldsAny);
}

#[test]
fn products_are_looked_up() {
    let filter = parsed("licenses:products/a OR NOT (state = ACTIVE AND licenses:products/b)");
    let mut lookup = |id: ProductId| match id.as_str() {
        "a" => Ok(ProductKey(1)),
        "b" => Ok(ProductKey(2)),
        _ => Err(id),
    };
    let by_key = filter.try_map_products(&mut lookup).unwrap();
    assert_eq!(
        by_key,
        UserFilter::Or(vec![
            UserFilter::Holds(ProductKey(1)),
            UserFilter::Not(Box::new(UserFilter::And(vec![
                UserFilter::State(UserState::Active),
                UserFilter::Holds(ProductKey(2)),
            ]))),
        ])
    );
    let unknown = parsed("licenses:products/c");
    assert_eq!(
        unknown.try_map_products(&mut lookup),
        Err(ProductId::parse("c").unwrap())
    );
}

fn ann() -> User {
    User {
        key: UserKey(1),
        id: UserId::parse("ann").unwrap(),
        sign_in_name: "Ann@contoso.com".to_owned(),
        display_name: "Ann Example".to_owned(),
        department: "R*D 100%".to_owned(),
        job_title: String::new(),
        usage_location: None,
        state: UserState::Active,
        revision: 1,
        create_time: Timestamp::from_micros(0),
        update_time: Timestamp::from_micros(0),
    }
}

#[test]
fn a_user_is_matched_by_every_kind_of_comparison() {
    let is_meant = |text: &str| {
        parsed(text)
            .try_map_products(&mut |id| match id.as_str() {
                "held" => Ok(ProductKey(1)),
                "lacked" => Ok(ProductKey(2)),
                _ => Err(id),
            })
            .unwrap()
            .matches(&ann(), |product| product == ProductKey(1), true)
    };
    for text in [
        "display_name = \"ann example\"",
        "display_name = \"ANN*\"",
        "sign_in_name != ann",
        "sign_in_name = ann@contoso.com",
        r#"department = "r\*d*""#,
        "department = \"*\"",
        "job_title = \"\"",
        "usage_location = \"\"",
        "usage_location != US",
        "state = ACTIVE",
        "licenses:products/held -licenses:products/lacked",
        "licenses:*",
        "state = BLOCKED OR licenses:products/held",
    ] {
        assert!(is_meant(text), "{text}");
    }
    for text in [
        "display_name = Ann",
        "department = \"R_D*\"",
        "usage_location = US",
        "usage_location != \"\"",
        "state = BLOCKED",
        "licenses:products/lacked",
        "-licenses:*",
        "state = ACTIVE licenses:products/lacked",
    ] {
        assert!(!is_meant(text), "{text}");
    }
}
