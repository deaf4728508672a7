use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, ErrorReason, UserSelector};
use seatkeeper_tests::{Fixture, Refusal, assign, everyone, filter, listed, on_each_database};
use tonic::Code;

/// The rejection of a selection, for a customer with users and seats.
async fn refusal(fixture: &Fixture, selection: UserSelector) -> Refusal {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    let request = fixture.request(assign(&["suite"]), selection);
    fixture.refusal(request).await
}

async fn an_empty_list(fixture: Fixture) {
    let refusal = refusal(&fixture, listed([])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::EmptySelection)
        .at("selection.users.names");
}

async fn no_selection_at_all(fixture: Fixture) {
    let request = BatchUpdateLicensesRequest {
        selection: None,
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let refusal = fixture.refusal(request).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::EmptySelection)
        .at("selection");
}

async fn a_filter_without_matches(fixture: Fixture) {
    let refusal = refusal(&fixture, filter("department = \"Nowhere\"")).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::EmptySelection)
        .at("selection");
}

async fn everyone_of_a_customer_without_users(fixture: Fixture) {
    let request = fixture.request(assign(&["suite"]), everyone());
    let refusal = fixture.refusal(request).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::EmptySelection)
        .at("selection");
}

async fn a_filter_that_ends_too_early(fixture: Fixture) {
    let refusal = refusal(&fixture, filter("department = ")).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::FilterSyntax)
        .at("selection.filter")
        .with("position", "13")
        .with("given", "department = ");
}

async fn a_filter_over_an_unknown_field(fixture: Fixture) {
    let refusal = refusal(&fixture, filter("state = ACTIVE AND shoe_size = 43")).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::FilterSyntax)
        .at("selection.filter")
        .with("position", "19");
}

async fn a_user_of_another_customer(fixture: Fixture) {
    let foreign = "customers/somebody-else/users/u1".to_owned();
    let refusal = refusal(&fixture, listed([fixture.user("u1"), foreign.clone()])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at("selection.users.names[1]")
        .with("name", &foreign);
}

async fn a_list_that_is_too_long(fixture: Fixture) {
    let names = (0..100_001).map(|number| fixture.user(&number.to_string()));
    let refusal = refusal(&fixture, listed(names)).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::ListTooLong)
        .at("selection.users.names")
        .with("given", "100001")
        .with("maximum", "100000")
        .with("alternative", "StreamBatchUpdateLicenses");
}

on_each_database! {
    an_empty_list,
    no_selection_at_all,
    a_filter_without_matches,
    everyone_of_a_customer_without_users,
    a_filter_that_ends_too_early,
    a_filter_over_an_unknown_field,
    a_user_of_another_customer,
    a_list_that_is_too_long,
}
