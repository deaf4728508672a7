use super::*;

fn refused(text: &str) -> FilterError {
    UserFilter::parse(text).unwrap_err()
}

/// The position and the message of the error.
fn error_of(text: &str) -> (usize, String) {
    let error = refused(text);
    (error.position, error.problem.to_string())
}

#[track_caller]
fn assert_error(text: &str, position: usize, problem: &str) {
    assert_eq!(error_of(text), (position, problem.to_owned()));
}

#[test]
fn the_position_counts_characters() {
    assert_eq!(
        refused("display_name = \"Ää\" AND size = 3").to_string(),
        "filter is invalid at position 24: unknown field \"size\"; known are display_name, \
         sign_in_name, department, job_title, usage_location, state, licenses"
    );
}

#[test]
fn free_text_is_refused_with_a_proposal() {
    assert_error(
        "state = ACTIVE ann",
        15,
        "\"ann\" stands alone, and free text is not searched; compare a field with it, \
         for example display_name = \"ann*\"",
    );
    assert_error(
        "state = ACTIVE and licenses:*",
        15,
        "\"and\" is not an operator; write AND in upper case",
    );
}

#[test]
fn a_field_says_how_it_is_compared() {
    assert_error(
        "display_name > a",
        13,
        "display_name can't be compared by >; use = or !=, with an asterisk at the value's end \
         for a prefix",
    );
    assert_error(
        "licenses = products/a",
        9,
        "licenses can't be compared by =; use licenses:\"products/{product}\" or licenses:*, \
         after NOT for lacking it",
    );
    assert_error(
        "state:ACTIVE",
        5,
        "state can't be compared by :; use = or !=",
    );
    for operator in ["<", "<=", ">="] {
        assert!(matches!(
            refused(&format!("job_title{operator}x")).problem,
            FilterProblem::Operator { operator: given, .. } if given == operator
        ));
    }
}

#[test]
fn an_asterisk_stands_at_the_end_of_a_text_alone() {
    assert_eq!(refused("display_name = \"*son\"").position, 16);
    assert_eq!(refused("display_name = a*b*").position, 16);
    assert_eq!(refused("state = ACT*").problem, FilterProblem::Asterisk);
    assert_eq!(
        refused("usage_location = \"*\"").problem,
        FilterProblem::Asterisk
    );
    assert_eq!(
        refused("licenses:\"products/*\"").problem,
        FilterProblem::Asterisk
    );
}

#[test]
fn values_are_validated_where_they_stand() {
    assert_error(
        "usage_location = USA",
        17,
        "\"USA\" is not an ISO 3166-1 alpha-2 country code of two letters; \
         use an empty value for users without one",
    );
    assert_error(
        "state = active",
        8,
        "unknown state \"active\"; known are ACTIVE, BLOCKED",
    );
    assert_error(
        "licenses:skus/a",
        9,
        "\"skus/a\" is not of the form products/{product}: segment 1 is \"skus\" instead of \
         \"products\"; use * for any product",
    );
}

#[test]
fn a_missing_token_is_named() {
    assert_error(
        "display_name =",
        14,
        "expected a value; quote it where it holds spaces or operators, found the end",
    );
    assert_error(
        "(state = ACTIVE",
        15,
        "expected AND, OR, a comparison or ')', found the end",
    );
    assert_error(
        "state = ACTIVE)",
        14,
        "expected AND, OR, a comparison or the end, found ')'",
    );
    assert_error(
        "state = ACTIVE AND",
        18,
        "expected a comparison such as display_name = \"Ann*\", found the end",
    );
    assert_error(
        "OR",
        0,
        "expected a comparison such as display_name = \"Ann*\", found OR",
    );
    assert!(UserFilter::parse("()").is_err());
    assert!(UserFilter::parse("NOT NOT state = ACTIVE").is_err());
    assert!(UserFilter::parse("state = ACTIVE OR AND licenses:*").is_err());
}

#[test]
fn quotes_and_characters_are_validated() {
    assert_error(
        "job_title = \"a",
        12,
        "the quoted value that begins here has no closing \"",
    );
    assert_eq!(
        refused(r#"job_title = "a\n""#).problem,
        FilterProblem::Escape { character: 'n' }
    );
    assert_eq!(refused(r#"job_title = "a\n""#).position, 14);
    for text in ["job_title = \"a\0\"", "job_title = a\0"] {
        assert_eq!(
            refused(text).problem,
            FilterProblem::Control { character: '\0' }
        );
    }
    assert_eq!(refused("state = A, B").position, 9);
    assert_eq!(refused("state ! A").position, 6);
}

#[test]
fn length_is_bounded() {
    let of_length = |length: usize| {
        let value = "a".repeat(length - "job_title=".len());
        format!("job_title={value}")
    };
    assert!(UserFilter::parse(&of_length(FILTER_LENGTH_MAX)).is_ok());
    assert_error(
        &of_length(FILTER_LENGTH_MAX + 1),
        FILTER_LENGTH_MAX,
        "it has 4097 characters, at most 4096 are allowed",
    );
}

#[test]
fn comparisons_are_bounded() {
    let of_terms = |terms: usize| vec!["state=ACTIVE"; terms].join(" OR ");
    assert!(UserFilter::parse(&of_terms(FILTER_TERMS_MAX)).is_ok());
    let error = refused(&of_terms(FILTER_TERMS_MAX + 6));
    assert_eq!(error.problem, FilterProblem::TooManyTerms { given: 70 });
    assert_eq!(error.position, 64 * 16 + 5);
}

#[test]
fn depth_is_bounded() {
    let of_depth = |depth: usize| format!("{}state=ACTIVE{}", "(".repeat(depth), ")".repeat(depth));
    assert!(UserFilter::parse(&of_depth(FILTER_DEPTH_MAX)).is_ok());
    let error = refused(&of_depth(FILTER_DEPTH_MAX + 2));
    assert_eq!(error.problem, FilterProblem::TooDeep { given: 18 });
    assert_eq!(error.position, 16);
}
