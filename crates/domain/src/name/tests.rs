use proptest::prelude::*;

use super::*;
use crate::IdError;

fn error_of<T: std::fmt::Debug>(result: Result<T, NameError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_wrong_collection_is_named() {
    assert_eq!(
        error_of(UserName::parse("customers/a/people/b")),
        "\"customers/a/people/b\" is not of the form customers/{customer}/users/{user}: \
         segment 3 is \"people\" instead of \"users\""
    );
}

#[test]
fn a_wrong_number_of_segments_is_counted() {
    assert_eq!(
        error_of(UserName::parse("customers/a")),
        "\"customers/a\" is not of the form customers/{customer}/users/{user}: \
         it has 2 segments instead of 4"
    );
    assert!(CustomerName::parse("customers/a/").is_err());
    assert!(CustomerName::parse("/customers/a").is_err());
    assert!(CustomerName::parse("").is_err());
}

#[test]
fn a_wrong_identifier_is_placed() {
    let error = LicenseName::parse("customers/a/users/x y/licenses/p").unwrap_err();
    assert_eq!(
        error.problem,
        NameProblem::Id {
            segment: 4,
            variable: "user",
            error: IdError::Character {
                character: ' ',
                position: 1
            }
        }
    );
    assert!(error.to_string().contains("segment 4 (user) has ' '"));
}

#[test]
fn a_long_text_is_cut_in_the_error() {
    let error = ProductName::parse(&"x".repeat(10_000)).unwrap_err();
    assert_eq!(error.given.len(), 64);
}

#[test]
fn guids_have_one_spelling_in_names() {
    let name = ProductName::parse("products/6FD2C87F-B296-42F0-B197-1E91E994B900").unwrap();
    assert_eq!(
        name.to_string(),
        "products/6fd2c87f-b296-42f0-b197-1e91e994b900"
    );
}

#[test]
fn a_wildcard_stands_for_everyone_in_parents_alone() {
    let parent = LicenseParent::parse("customers/a/users/-").unwrap();
    assert_eq!(
        parent,
        LicenseParent::AllUsers(CustomerName::parse("customers/a").unwrap())
    );
    assert_eq!(parent.to_string(), "customers/a/users/-");
    assert_eq!(
        ServicePlanParent::parse("products/-"),
        Ok(ServicePlanParent::AllProducts)
    );
    let parent = WaitlistParent::parse("customers/a/entitlements/-").unwrap();
    assert_eq!(parent.to_string(), "customers/a/entitlements/-");
    assert_eq!(parent.customer().to_string(), "customers/a");
    assert!(UserName::parse("customers/a/users/-").is_err());
    assert!(LicenseParent::parse("customers/-/users/-").is_err());
}

#[test]
fn a_parent_is_what_the_name_begins_with() {
    let license = LicenseName::parse("customers/a/users/b/licenses/c").unwrap();
    assert_eq!(license.parent().to_string(), "customers/a/users/b");
    assert_eq!(license.parent().parent().to_string(), "customers/a");
}

const ID: &str = "[A-Za-z0-9][A-Za-z0-9._~@+'!-]{0,63}";

/// The name built from `form`, with identifiers in place of the variables.
fn filled(form: &str, ids: &[String]) -> String {
    let mut ids = ids.iter();
    let segments: Vec<&str> = form
        .split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                ids.next().unwrap()
            } else {
                segment
            }
        })
        .collect();
    segments.join("/")
}

macro_rules! reads_back {
    ($ids:expr, $($name:ident),+) => {$(
        let text = filled($name::PATTERN, $ids);
        let name = $name::parse(&text).unwrap();
        prop_assert_eq!(&name.to_string(), &text);
        prop_assert_eq!(text.parse::<$name>().unwrap(), name);
    )+};
}

proptest! {
    #[test]
    fn a_printed_name_parses_back(ids in prop::array::uniform3(ID)) {
        reads_back!(
            &ids, CustomerName, UserName, EntitlementName, LicenseName, SelectionName,
            BatchName, ProductName, ServicePlanName
        );
        let user = filled(UserName::PATTERN, &ids);
        prop_assert_eq!(LicenseParent::parse(&user).unwrap().to_string(), user);
        let product = filled(ProductName::PATTERN, &ids);
        prop_assert_eq!(ServicePlanParent::parse(&product).unwrap().to_string(), product);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*|(customers|users|a|-|/){0,9}") {
        let _ = UserName::parse(&text);
        let _ = LicenseParent::parse(&text);
        let _ = ServicePlanParent::parse(&text);
    }
}
