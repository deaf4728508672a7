//! The limits in the proto comments equal the limits in code.

use super::*;

macro_rules! contract {
    ($file:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../proto/seatkeeper/v1/",
            $file
        ))
    };
}

/// The comments of a file with their lines joined, so that a sentence is found across line breaks.
fn comments_of(file: &str) -> String {
    let lines = file
        .lines()
        .map(|line| line.trim().trim_start_matches("//"));
    lines
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Formats a number like the comments: `1,000,000`.
fn formatted(number: impl TryInto<i64>) -> String {
    let digits = number.try_into().ok().unwrap().to_string();
    let mut groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.reverse();
    groups.join(",")
}

fn assert_documented(file: &str, sentence: &str) {
    assert!(
        comments_of(file).contains(sentence),
        "the contract does not say {sentence:?}"
    );
}

#[test]
fn pages_are_as_large_as_the_contract_says() {
    let size = format!(
        "1 to {}; {} when zero",
        formatted(PAGE_SIZE_MAX),
        formatted(PAGE_SIZE_DEFAULT)
    );
    for file in [
        contract!("catalog_service.proto"),
        contract!("customer_service.proto"),
        contract!("directory_service.proto"),
        contract!("entitlement_service.proto"),
        contract!("license_service.proto"),
        contract!("batch_service.proto"),
        contract!("waitlist_service.proto"),
        contract!("selection_service.proto"),
        contract!("journal_service.proto"),
    ] {
        assert_documented(file, &size);
    }
}

#[test]
fn results_come_in_portions_as_the_contract_says() {
    let size = format!(
        "1 to {}; {} when zero",
        formatted(RESULTS_MAX),
        formatted(RESULTS_DEFAULT)
    );
    for file in [
        contract!("batch_service.proto"),
        contract!("license_service.proto"),
    ] {
        assert_documented(file, &format!("The most results in one message, {size}"));
    }
    assert_documented(
        contract!("batch_service.proto"),
        &format!("The most results to return, {size}"),
    );
}

#[test]
fn entries_come_in_parts_as_the_contract_says() {
    let size = format!(
        "more than {} licenses or resources",
        formatted(i64::try_from(JOURNAL_PART_ITEMS).unwrap())
    );
    assert_documented(contract!("journal_entry.proto"), &size);
}

#[test]
fn texts_are_as_long_as_the_contract_says() {
    let length = format!("at most {} characters", formatted(TEXT_LENGTH_MAX));
    for file in [
        contract!("customer.proto"),
        contract!("user.proto"),
        contract!("product.proto"),
        contract!("service_plan.proto"),
    ] {
        assert_documented(file, &length);
    }
}

#[test]
fn lists_are_as_long_as_the_contract_says() {
    let said_of = [
        (
            contract!("change.proto"),
            format!("at most {} in all", formatted(CHANGE_PRODUCTS_MAX)),
        ),
        (
            contract!("license_service.proto"),
            format!(
                "`products/{{product}}`, at most {}",
                formatted(LISTED_PRODUCTS_MAX)
            ),
        ),
        (
            contract!("user_selector.proto"),
            format!("1 to {}.", formatted(LISTED_USERS_MAX)),
        ),
        (
            contract!("directory_service.proto"),
            format!("1 to {} in a message", formatted(IMPORTED_USERS_MAX)),
        ),
        (
            contract!("catalog_service.proto"),
            format!("at most {} in a message", formatted(CATALOG_ITEMS_MAX)),
        ),
        (
            contract!("product.proto"),
            format!("at most {}", formatted(PRODUCT_PLANS_MAX)),
        ),
        (
            contract!("selection_service.proto"),
            format!("{COMBINED_SELECTIONS_MIN} to {COMBINED_SELECTIONS_MAX}, all of the same"),
        ),
        (
            contract!("directory_service.proto"),
            format!("The first {} failures", formatted(REPORTED_MAX)),
        ),
        (
            contract!("catalog_service.proto"),
            format!("the first {}", formatted(REPORTED_MAX)),
        ),
    ];
    for (file, sentence) in said_of {
        assert_documented(file, &sentence);
    }
}

#[test]
fn selections_are_kept_as_the_contract_says() {
    let limits = seatkeeper_engine::Limits::default();
    let users = format!(
        "of any size up to {}",
        formatted(limits.selection_users_max)
    );
    assert_documented(contract!("selection.proto"), &users);
    assert_documented(
        contract!("selection.proto"),
        "1 minute to 30 days; 24 hours when absent",
    );
    assert_eq!(SELECTION_IDLE_MIN, Duration::from_mins(1));
    assert_eq!(SELECTION_IDLE_MAX, Duration::from_hours(30 * 24));
    assert_eq!(limits.selection_idle_ttl, Duration::from_hours(24));
    let service = contract!("selection_service.proto");
    let selections = format!(
        "at most {} selections",
        formatted(limits.selections_per_customer_max)
    );
    assert_documented(service, &selections);
    let unknown_users = i64::try_from(limits.unknown_users_listed_max).unwrap();
    assert_documented(
        service,
        &format!("The first {} of the users", formatted(unknown_users)),
    );
}

#[test]
fn purchases_and_messages_are_as_large_as_the_contract_says() {
    let seats = format!("1 to {}", formatted(PURCHASED_SEATS_MAX));
    assert_documented(contract!("entitlement_service.proto"), &seats);
    let users = format!("at most {}. The product", formatted(RELEASE_USERS_MAX));
    assert_documented(contract!("entitlement_service.proto"), &users);
    let purchases = seatkeeper_engine::Limits::default().purchases_per_entitlement_max;
    let purchases = format!("oldest first, at most {}", formatted(purchases));
    assert_documented(contract!("entitlement.proto"), &purchases);
    for bytes in [MESSAGE_BYTES_MAX, REQUEST_BYTES_MAX] {
        let bytes = format!("`maximum_bytes` is {bytes}");
        assert_documented(contract!("error_reason.proto"), &bytes);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_list_of_a_request_is_as_long_as_the_contract_says() {
    use seatkeeper_proto::limits;
    let said_of = [
        (
            contract!("change.proto"),
            format!(
                "of this very product, at most {}, and at most {} in a change",
                formatted(DISABLED_PLANS_MAX),
                formatted(limits::CHANGE_PLANS_MAX)
            ),
        ),
        (
            contract!("waitlist_entry.proto"),
            format!("at most {}.", formatted(DISABLED_PLANS_MAX)),
        ),
        (
            contract!("catalog_service.proto"),
            format!(
                "at most {} names and countries in all their lists",
                formatted(limits::CATALOG_NAMES_MAX)
            ),
        ),
        (
            contract!("product.proto"),
            format!(
                "the {} names of a message",
                formatted(limits::CATALOG_NAMES_MAX)
            ),
        ),
        (
            contract!("service_plan.proto"),
            format!(
                "the {} names of a message",
                formatted(limits::CATALOG_NAMES_MAX)
            ),
        ),
        (
            contract!("catalog_rule.proto"),
            format!(
                "one of plans: 2 to {}",
                formatted(limits::EXCLUSION_MEMBERS_MAX)
            ),
        ),
        (
            contract!("catalog_rule.proto"),
            format!(
                "one of products: 2 to {}",
                formatted(limits::EXCLUSION_MEMBERS_MAX)
            ),
        ),
        (
            contract!("catalog_rule.proto"),
            format!(
                "`, 1 to {}.",
                formatted(limits::DEPENDENCY_ALTERNATIVES_MAX)
            ),
        ),
        (
            contract!("catalog_rule.proto"),
            format!("at most {}.", formatted(limits::PROHIBITED_LOCATIONS_MAX)),
        ),
        (
            contract!("batch_service.proto"),
            format!(
                "these violations, at most {};",
                formatted(limits::VIOLATION_TYPES_MAX)
            ),
        ),
    ];
    for (file, sentence) in said_of {
        assert_documented(file, &sentence);
    }
}

#[test]
fn update_masks_are_as_long_as_the_contract_says() {
    use seatkeeper_proto::limits;
    for file in [
        contract!("customer_service.proto"),
        contract!("directory_service.proto"),
        contract!("waitlist_service.proto"),
        contract!("selection_service.proto"),
    ] {
        assert_documented(file, &format!("At most {} paths.", limits::MASK_PATHS_MAX));
    }
}

#[test]
fn requests_and_the_domain_agree_on_how_long_lists_are() {
    use seatkeeper_proto::limits;
    let domain = [
        seatkeeper_domain::PRODUCT_SERVICE_PLANS_MAX,
        seatkeeper_domain::EXCLUSION_MEMBERS_MAX,
        seatkeeper_domain::DEPENDENCY_ALTERNATIVES_MAX,
    ];
    let requests = [
        limits::PRODUCT_PLANS_MAX,
        limits::EXCLUSION_MEMBERS_MAX,
        limits::DEPENDENCY_ALTERNATIVES_MAX,
    ];
    assert_eq!(domain, requests);
}

#[test]
fn responses_end_where_the_contract_says() {
    assert_eq!(RESPONSE_MESSAGE_BYTES_MAX, 3 * 1024 * 1024);
    for file in [
        contract!("catalog_service.proto"),
        contract!("customer_service.proto"),
        contract!("directory_service.proto"),
        contract!("entitlement_service.proto"),
        contract!("license_service.proto"),
        contract!("batch_service.proto"),
        contract!("waitlist_service.proto"),
        contract!("selection_service.proto"),
        contract!("journal_service.proto"),
    ] {
        assert_documented(file, "A page ends early when it would pass 3 MiB.");
    }
    for file in [
        contract!("batch_service.proto"),
        contract!("license_service.proto"),
    ] {
        assert_documented(file, "A message ends early when it would pass 3 MiB.");
    }
}

#[test]
fn the_largest_page_of_resources_with_one_text_fits_a_response() {
    // A name with two identifiers, a text of four-byte characters, timestamps and an etag.
    let largest = 2 * 100 + 4 * TEXT_LENGTH_MAX + 100;
    assert!(usize::try_from(PAGE_SIZE_MAX).unwrap() * largest < RESPONSE_MESSAGE_BYTES_MAX);
}

#[test]
fn priorities_are_as_far_apart_as_the_contract_says() {
    let most = formatted(seatkeeper_domain::WAITLIST_PRIORITY_MAX);
    let sentence = format!("-{most} to {most}");
    assert_documented(contract!("waitlist_entry.proto"), &sentence);
}

#[test]
fn the_longest_list_of_users_fits_one_message() {
    // `customers/` + 64 + `/users/` + 64, and two to three bytes of protobuf for each name.
    let name = "customers/".len() + 64 + "/users/".len() + 64 + 3;
    assert!(LISTED_USERS_MAX * name < MESSAGE_BYTES_MAX);
}
