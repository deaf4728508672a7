//! Whatever is asked or done about users takes those of a saved selection.

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, Holding, ListAssignedUsersRequest,
    SummarizeLicensesRequest, SummarizeLicensesResponse, UserSelector,
};
use seatkeeper_tests::{
    CommandLine, Scene, assign, everyone, listed, on_each_database, product, refused, revoke, saved,
};
use tonic::{Code, Status};

/// Of six users `u1` to `u4` hold the suite, and `u3` to `u6` are saved as `ticked`.
async fn four_of_six_are_ticked(scene: &Scene) -> UserSelector {
    scene.add_users(6).await;
    scene.buy("suite", 5).await;
    let holders = listed(scene.users(&["u1", "u2", "u3", "u4"]));
    scene.change(assign(&["suite"]), holders).await;
    let ticked = listed(scene.users(&["u6", "u5", "u4", "u3"]));
    scene.saved("ticked", ticked).await
}

async fn summarize(
    scene: &Scene,
    selection: UserSelector,
) -> Result<SummarizeLicensesResponse, Status> {
    let request = SummarizeLicensesRequest {
        parent: scene.customer.clone(),
        selection: Some(selection),
        products: vec![product("suite")],
        ..SummarizeLicensesRequest::default()
    };
    let mut licenses = scene.connection.licenses();
    Ok(licenses.summarize_licenses(request).await?.into_inner())
}

/// The holders of the suite, one a page, the last by name first.
fn holders(scene: &Scene, selection: UserSelector) -> ListAssignedUsersRequest {
    ListAssignedUsersRequest {
        parent: scene.customer.clone(),
        selection: Some(selection),
        product: product("suite"),
        order_by: "display_name desc".to_owned(),
        page_size: 1,
        ..ListAssignedUsersRequest::default()
    }
}

/// The users of the page, and the token of the next.
async fn list(
    scene: &Scene,
    request: ListAssignedUsersRequest,
) -> Result<(Vec<String>, String), Status> {
    let mut licenses = scene.connection.licenses();
    let page = licenses.list_assigned_users(request).await?.into_inner();
    let users = page
        .assigned_users
        .into_iter()
        .filter_map(|found| found.user);
    Ok((users.map(|user| user.name).collect(), page.next_page_token))
}

async fn licenses_are_summed_up(scene: Scene) {
    let ticked = four_of_six_are_ticked(&scene).await;
    let answer = summarize(&scene, ticked).await.unwrap();
    let suite = &answer.summaries[0];
    assert_eq!(answer.user_count, 4);
    assert_eq!((suite.holding(), suite.holder_count), (Holding::Some, 2));
    assert_eq!((suite.available_count, suite.short_count), (1, 1));
}

async fn holders_are_listed_by_page(scene: Scene) {
    let ticked = four_of_six_are_ticked(&scene).await;
    let mut request = holders(&scene, ticked);
    let (first, token) = list(&scene, request.clone()).await.unwrap();
    request.page_token = token;
    let (second, end) = list(&scene, request).await.unwrap();
    assert_eq!([first, second].concat(), scene.users(&["u4", "u3"]));
    assert_eq!(end, "");
}

async fn a_batch_changes_its_users_and_no_others(scene: Scene) {
    let ticked = four_of_six_are_ticked(&scene).await;
    let done = scene.change(revoke(&["suite"]), ticked).await;
    let told: Vec<_> = done.results.iter().map(|told| told.user.clone()).collect();
    assert_eq!(told, scene.users(&["u3", "u4", "u5", "u6"]));
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn a_request_repeated_joins_its_batch_whatever_became_of_the_selection(scene: Scene) {
    let ticked = four_of_six_are_ticked(&scene).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..scene.request(revoke(&["suite"]), ticked)
    };
    let first = scene.run(request.clone()).await;
    let delete = seatkeeper_proto::v1::DeleteSelectionRequest {
        name: scene.selection("ticked"),
        ..seatkeeper_proto::v1::DeleteSelectionRequest::default()
    };
    let mut selections = scene.connection.selections();
    selections.delete_selection(delete).await.unwrap();
    let again = scene.run(request).await;
    assert_eq!(again.batch(), first.batch());
    assert_eq!(again.results, first.results);
}

async fn a_selection_that_is_not_there_is_not_found_anywhere(scene: Scene) {
    four_of_six_are_ticked(&scene).await;
    let nowhere = saved(&scene.selection("nowhere"));
    let before = scene.state().await;
    let refusals = [
        refused(summarize(&scene, nowhere.clone()).await),
        refused(list(&scene, holders(&scene, nowhere.clone())).await),
        scene
            .refusal(scene.request(revoke(&["suite"]), nowhere))
            .await,
    ];
    for refusal in refusals {
        refusal.is(Code::NotFound, ErrorReason::SelectionNotFound);
    }
    assert_eq!(scene.state().await, before);
}

async fn a_selection_of_another_customer_is_refused(scene: Scene) {
    four_of_six_are_ticked(&scene).await;
    let foreign = saved("customers/another/selections/ticked");
    refused(summarize(&scene, foreign).await)
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at("selection.saved_selection");
}

async fn a_person_asks_about_it_on_the_command_line(scene: Scene) {
    four_of_six_are_ticked(&scene).await;
    scene.saved("everybody", everyone()).await;
    let line = CommandLine::of(&scene);
    let ask = async |words: &[&str]| {
        let customer = ["--customer", scene.customer_id()];
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
