use super::*;

fn matcher() -> impl Strategy<Value = TextMatch> {
    let value = "[^\\p{Cc}A-Z]{0,6}|[\"'\\\\*()= a-z-]{0,6}";
    prop_oneof![
        value.prop_map(TextMatch::Equals),
        value.prop_map(TextMatch::Prefix),
    ]
}

fn comparison() -> impl Strategy<Value = Filter> {
    prop_oneof![
        (prop::sample::select(&UserTextField::ALL[..]), matcher())
            .prop_map(|(field, matcher)| Filter::Text { field, matcher }),
        prop::option::of("[A-Z]{2}").prop_map(|code| {
            Filter::Location(code.map(|code| UsageLocation::parse(&code).unwrap()))
        }),
        prop_oneof![Just(UserState::Active), Just(UserState::Blocked)].prop_map(Filter::State),
        "[A-Za-z0-9][a-z@.'!-]{0,8}".prop_map(|id| Filter::Holds(ProductId::parse(&id).unwrap())),
        Just(Filter::HoldsAny),
    ]
}

/// Filters in canonical form, within the limits of comparisons and depth.
fn filter() -> impl Strategy<Value = Filter> {
    comparison().prop_recursive(4, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several
                .clone()
                .prop_map(|members| Filter::all_of(members).unwrap()),
            several.prop_map(|members| Filter::any_of(members).unwrap()),
            inner.prop_map(Filter::negate),
        ]
    })
}

/// Texts combined from fragments of filters, so that many of them parse.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "state",
        "=",
        "!=",
        "ACTIVE",
        " ",
        "AND",
        " OR ",
        "NOT ",
        "-",
        "(",
        ")",
        "licenses",
        ":",
        "*",
        "\"",
        "'",
        "\\",
        "a",
        "department = b",
        "products/x",
        "<",
        "é",
        "\0",
        "state = ACTIVE",
        "licenses:*",
    ]);
    prop::collection::vec(fragment, 0..24).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn a_printed_filter_parses_back(filter in filter()) {
        let printed = filter.to_string();
        prop_assert_eq!(UserFilter::parse(&printed), Ok(Some(filter)), "{}", printed);
    }

    #[test]
    fn a_parsed_filter_prints_canonically(text in fragments()) {
        if let Ok(Some(filter)) = UserFilter::parse(&text) {
            let printed = filter.to_string();
            prop_assert_eq!(UserFilter::parse(&printed), Ok(Some(filter)), "{}", printed);
        }
    }

    #[test]
    fn an_error_points_into_the_text(text in prop_oneof![fragments(), any::<String>()]) {
        if let Err(error) = UserFilter::parse(&text) {
            prop_assert!(error.position <= text.chars().count());
        }
    }
}
