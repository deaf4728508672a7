use seatkeeper_proto::v1::{
    ErrorReason, Holding, LicenseSummary, SummarizeLicensesRequest, SummarizeLicensesResponse,
    UserSelector,
};
use seatkeeper_tests::{
    CommandLine, Fixture, assign, assignment, everyone, filter, listed, on_each_database, plan,
    product, refused,
};
use tonic::Code;

fn request(fixture: &Fixture, selection: UserSelector) -> SummarizeLicensesRequest {
    SummarizeLicensesRequest {
        parent: fixture.customer.clone(),
        selection: Some(selection),
        ..SummarizeLicensesRequest::default()
    }
}

async fn summarize(
    fixture: &Fixture,
    request: SummarizeLicensesRequest,
) -> SummarizeLicensesResponse {
    let answer = fixture
        .connection
        .licenses()
        .summarize_licenses(request)
        .await;
    answer.unwrap().into_inner()
}

/// Five users, four seats of the suite and one of the addon. `u1` and `u2` hold the suite, `u1`
/// without the chat.
async fn two_of_five_hold_the_suite(fixture: &Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 4).await;
    fixture.buy("addon", 1).await;
    let mut change = assign(&[]);
    change.assign.push(assignment("suite", &["chat"]));
    fixture.change(change, listed(fixture.users(&["u1"]))).await;
    fixture
        .change(assign(&["suite"]), listed(fixture.users(&["u2"])))
        .await;
}

fn of<'a>(answer: &'a SummarizeLicensesResponse, id: &str) -> &'a LicenseSummary {
    let mut summaries = answer.summaries.iter();
    summaries
        .find(|summary| summary.product == product(id))
        .unwrap()
}

async fn each_product_reports_holders_and_shortage(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let answer = summarize(&fixture, request(&fixture, everyone())).await;
    assert_eq!(answer.user_count, 5);
    let suite = of(&answer, "suite");
    assert_eq!((suite.holding(), suite.holder_count), (Holding::Some, 2));
    let seats = (
        suite.purchased_count,
        suite.assigned_count,
        suite.available_count,
    );
    assert_eq!((seats, suite.short_count), ((4, 2, 2), 1));
    let addon = of(&answer, "addon");
    assert_eq!((addon.holding(), addon.short_count), (Holding::None, 4));
    assert!(addon.purchasable);
}

async fn all_some_or_none_of_a_selection_hold_it(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let selections = [
        (listed(fixture.users(&["u1", "u2"])), Holding::All),
        (listed(fixture.users(&["u2", "u3"])), Holding::Some),
        (filter("display_name = \"User u3\""), Holding::None),
        (filter("display_name = \"nobody\""), Holding::None),
    ];
    for (selection, holding) in selections {
        let answer = summarize(&fixture, request(&fixture, selection)).await;
        assert_eq!(of(&answer, "suite").holding(), holding);
    }
}

async fn each_plan_is_listed_by_itself(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let both = listed(fixture.users(&["u1", "u2"]));
    let answer = summarize(&fixture, request(&fixture, both)).await;
    let plans = of(&answer, "suite").service_plans.iter();
    let plans: Vec<_> = plans
        .map(|summary| {
            (
                summary.service_plan.clone(),
                summary.holding(),
                summary.enabled_count,
            )
        })
        .collect();
    assert_eq!(
        plans,
        [
            (plan("suite", "mail"), Holding::All, 2),
            (plan("suite", "chat"), Holding::Some, 1),
            (plan("suite", "base"), Holding::All, 2),
        ]
    );
}

async fn unknown_users_are_counted_separately(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let selection = listed(fixture.users(&["u1", "nobody", "u1"]));
    let answer = summarize(&fixture, request(&fixture, selection)).await;
    assert_eq!((answer.user_count, answer.unknown_user_count), (1, 1));
}

async fn products_come_by_page(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let mut request = SummarizeLicensesRequest {
        page_size: 1,
        ..request(&fixture, everyone())
    };
    let first = summarize(&fixture, request.clone()).await;
    request.page_token.clone_from(&first.next_page_token);
    let second = summarize(&fixture, request.clone()).await;
    assert_eq!(second.next_page_token, "");
    let products = [first, second].map(|page| page.summaries[0].product.clone());
    assert_eq!(products, [product("addon"), product("suite")]);
    request.selection = Some(listed(fixture.users(&["u1"])));
    let answer = fixture
        .connection
        .licenses()
        .summarize_licenses(request)
        .await;
    refused(answer).is(Code::InvalidArgument, ErrorReason::PageTokenMismatch);
}

async fn an_unknown_product_is_named(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let request = SummarizeLicensesRequest {
        products: vec![product("suite"), product("nothing")],
        ..request(&fixture, everyone())
    };
    let answer = fixture
        .connection
        .licenses()
        .summarize_licenses(request)
        .await;
    refused(answer)
        .is(Code::InvalidArgument, ErrorReason::UnknownProduct)
        .at("products[1]");
}

async fn a_person_reads_it_as_a_table(fixture: Fixture) {
    two_of_five_hold_the_suite(&fixture).await;
    let line = CommandLine::of(&fixture);
    let words = [
        "summary",
        "--customer",
        fixture.customer_id(),
        "--user",
        "u1",
        "--user",
        "u2",
        "--plans",
    ];
    let ended = line.run(&words).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let row = |sign: &str, label: &str| {
        let mut lines = ended.output.lines();
        lines.any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(sign) && words.next() == Some(label)
        })
    };
    for (sign, label) in [("■", "SUITE"), ("□", "ADDON"), ("■", "MAIL"), ("◧", "CHAT")] {
        assert!(
            row(sign, label),
            "{sign} {label} is not in {}",
            ended.output
        );
    }
}

on_each_database! {
    each_product_reports_holders_and_shortage,
    all_some_or_none_of_a_selection_hold_it,
    each_plan_is_listed_by_itself,
    unknown_users_are_counted_separately,
    products_come_by_page,
    an_unknown_product_is_named,
    a_person_reads_it_as_a_table,
}
