//! Every call over users accepts the users of a saved selection.

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, Holding, ListAssignedUsersRequest,
    SummarizeLicensesRequest, SummarizeLicensesResponse, UserSelector,
};
use seatkeeper_tests::{
    CommandLine, Fixture, assign, everyone, listed, on_each_database, product, refused, revoke,
    saved,
};
use tonic::{Code, Status};

/// Of six users, `u1` to `u4` hold the suite, and `u3` to `u6` are saved as `ticked`.
async fn four_of_six_are_ticked(fixture: &Fixture) -> UserSelector {
    fixture.add_users(6).await;
    fixture.buy("suite", 5).await;
    let holders = listed(fixture.users(&["u1", "u2", "u3", "u4"]));
    fixture.change(assign(&["suite"]), holders).await;
    let ticked = listed(fixture.users(&["u6", "u5", "u4", "u3"]));
    fixture.saved("ticked", ticked).await
}

async fn summarize(
    fixture: &Fixture,
    selection: UserSelector,
) -> Result<SummarizeLicensesResponse, Status> {
    let request = SummarizeLicensesRequest {
        parent: fixture.customer.clone(),
        selection: Some(selection),
        products: vec![product("suite")],
        ..SummarizeLicensesRequest::default()
    };
    let mut licenses = fixture.connection.licenses();
    Ok(licenses.summarize_licenses(request).await?.into_inner())
}

/// A request for the holders of the suite in pages of one, by name, last first.
fn holders(fixture: &Fixture, selection: UserSelector) -> ListAssignedUsersRequest {
    ListAssignedUsersRequest {
        parent: fixture.customer.clone(),
        selection: Some(selection),
        product: product("suite"),
        order_by: "display_name desc".to_owned(),
        page_size: 1,
        ..ListAssignedUsersRequest::default()
    }
}

/// The users of the page, and the token of the next page.
async fn list(
    fixture: &Fixture,
    request: ListAssignedUsersRequest,
) -> Result<(Vec<String>, String), Status> {
    let mut licenses = fixture.connection.licenses();
    let page = licenses.list_assigned_users(request).await?.into_inner();
    let users = page
        .assigned_users
        .into_iter()
        .filter_map(|found| found.user);
    Ok((users.map(|user| user.name).collect(), page.next_page_token))
}

async fn licenses_are_summed_up(fixture: Fixture) {
    let ticked = four_of_six_are_ticked(&fixture).await;
    let answer = summarize(&fixture, ticked).await.unwrap();
    let suite = &answer.summaries[0];
    assert_eq!(answer.user_count, 4);
    assert_eq!((suite.holding(), suite.holder_count), (Holding::Some, 2));
    assert_eq!((suite.available_count, suite.short_count), (1, 1));
}

async fn holders_are_listed_by_page(fixture: Fixture) {
    let ticked = four_of_six_are_ticked(&fixture).await;
    let mut request = holders(&fixture, ticked);
    let (first, token) = list(&fixture, request.clone()).await.unwrap();
    request.page_token = token;
    let (second, end) = list(&fixture, request).await.unwrap();
    assert_eq!([first, second].concat(), fixture.users(&["u4", "u3"]));
    assert_eq!(end, "");
}

async fn a_batch_changes_its_users_and_no_others(fixture: Fixture) {
    let ticked = four_of_six_are_ticked(&fixture).await;
    let done = fixture.change(revoke(&["suite"]), ticked).await;
    let users: Vec<_> = done
        .results
        .iter()
        .map(|result| result.user.clone())
        .collect();
    assert_eq!(users, fixture.users(&["u3", "u4", "u5", "u6"]));
    assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn a_request_repeated_joins_its_batch_whatever_became_of_the_selection(fixture: Fixture) {
    let ticked = four_of_six_are_ticked(&fixture).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..fixture.request(revoke(&["suite"]), ticked)
    };
    let first = fixture.run(request.clone()).await;
    let delete = seatkeeper_proto::v1::DeleteSelectionRequest {
        name: fixture.selection("ticked"),
        ..seatkeeper_proto::v1::DeleteSelectionRequest::default()
    };
    let mut selections = fixture.connection.selections();
    selections.delete_selection(delete).await.unwrap();
    let again = fixture.run(request).await;
    assert_eq!(again.batch(), first.batch());
    assert_eq!(again.results, first.results);
}

async fn a_selection_that_is_not_there_is_not_found_anywhere(fixture: Fixture) {
    four_of_six_are_ticked(&fixture).await;
    let nowhere = saved(&fixture.selection("nowhere"));
    let before = fixture.state().await;
    let refusals = [
        refused(summarize(&fixture, nowhere.clone()).await),
        refused(list(&fixture, holders(&fixture, nowhere.clone())).await),
        fixture
            .refusal(fixture.request(revoke(&["suite"]), nowhere))
            .await,
    ];
    for refusal in refusals {
        refusal.is(Code::NotFound, ErrorReason::SelectionNotFound);
    }
    assert_eq!(fixture.state().await, before);
}

async fn a_selection_of_another_customer_is_refused(fixture: Fixture) {
    four_of_six_are_ticked(&fixture).await;
    let foreign = saved("customers/another/selections/ticked");
    refused(summarize(&fixture, foreign).await)
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at("selection.saved_selection");
}

async fn a_person_asks_about_it_on_the_command_line(fixture: Fixture) {
    four_of_six_are_ticked(&fixture).await;
    fixture.saved("everybody", everyone()).await;
    let line = CommandLine::of(&fixture);
    let ask = async |words: &[&str]| {
        let customer = ["--customer", fixture.customer_id()];
        line.objects(&[words, &customer[..]].concat()).await
    };
    let summary = ask(&["summary", "--selection", "ticked", "--product", "suite"]).await;
    assert_eq!(summary[0]["holder_count"], 2);
    let product = ["--product", "suite"];
    let words = ["licenses", "holders", "--selection", "everybody"];
    let mut holders = ask(&[&words[..], &product[..]].concat()).await;
    assert_eq!(holders.pop().unwrap()["total_size"], 4);
}

on_each_database! {
    licenses_are_summed_up,
    holders_are_listed_by_page,
    a_batch_changes_its_users_and_no_others,
    a_request_repeated_joins_its_batch_whatever_became_of_the_selection,
    a_selection_that_is_not_there_is_not_found_anywhere,
    a_selection_of_another_customer_is_refused,
    a_person_asks_about_it_on_the_command_line,
}
