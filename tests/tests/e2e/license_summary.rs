use seatkeeper_proto::v1::{
    ErrorReason, Holding, LicenseSummary, SummarizeLicensesRequest, SummarizeLicensesResponse,
    UserSelector,
};
use seatkeeper_tests::{
    CommandLine, Scene, assign, assignment, everyone, filter, listed, on_each_database, plan,
    product, refused,
};
use tonic::Code;

fn request(scene: &Scene, selection: UserSelector) -> SummarizeLicensesRequest {
    SummarizeLicensesRequest {
        parent: scene.customer.clone(),
        selection: Some(selection),
        ..SummarizeLicensesRequest::default()
    }
}

async fn summarize(scene: &Scene, request: SummarizeLicensesRequest) -> SummarizeLicensesResponse {
    let answer = scene
        .connection
        .licenses()
        .summarize_licenses(request)
        .await;
    answer.unwrap().into_inner()
}

/// Five users, four seats of the suite and one of the addon; `u1` and `u2` hold the suite, `u1`
/// without the chat.
async fn two_of_five_hold_the_suite(scene: &Scene) {
    scene.add_users(5).await;
    scene.buy("suite", 4).await;
    scene.buy("addon", 1).await;
    let mut change = assign(&[]);
    change.assign.push(assignment("suite", &["chat"]));
    scene.change(change, listed(scene.users(&["u1"]))).await;
    scene
        .change(assign(&["suite"]), listed(scene.users(&["u2"])))
        .await;
}

fn of<'a>(answer: &'a SummarizeLicensesResponse, id: &str) -> &'a LicenseSummary {
    let mut summaries = answer.summaries.iter();
    summaries
        .find(|summary| summary.product == product(id))
        .unwrap()
}

async fn each_product_tells_who_holds_it_and_what_is_short(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let answer = summarize(&scene, request(&scene, everyone())).await;
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

async fn all_some_or_none_of_a_selection_hold_it(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let selections = [
        (listed(scene.users(&["u1", "u2"])), Holding::All),
        (listed(scene.users(&["u2", "u3"])), Holding::Some),
        (filter("display_name = \"User u3\""), Holding::None),
        (filter("display_name = \"nobody\""), Holding::None),
    ];
    for (selection, holding) in selections {
        let answer = summarize(&scene, request(&scene, selection)).await;
        assert_eq!(of(&answer, "suite").holding(), holding);
    }
}

async fn each_plan_is_told_by_itself(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let both = listed(scene.users(&["u1", "u2"]));
    let answer = summarize(&scene, request(&scene, both)).await;
    let plans = of(&answer, "suite").service_plans.iter();
    let plans: Vec<_> = plans
        .map(|told| {
            (
                told.service_plan.clone(),
                told.holding(),
                told.enabled_count,
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

async fn users_that_nobody_knows_are_counted_apart(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let selection = listed(scene.users(&["u1", "nobody", "u1"]));
    let answer = summarize(&scene, request(&scene, selection)).await;
    assert_eq!((answer.user_count, answer.unknown_user_count), (1, 1));
}

async fn products_come_by_page(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let mut request = SummarizeLicensesRequest {
        page_size: 1,
        ..request(&scene, everyone())
    };
    let first = summarize(&scene, request.clone()).await;
    request.page_token.clone_from(&first.next_page_token);
    let second = summarize(&scene, request.clone()).await;
    assert_eq!(second.next_page_token, "");
    let products = [first, second].map(|page| page.summaries[0].product.clone());
    assert_eq!(products, [product("addon"), product("suite")]);
    request.selection = Some(listed(scene.users(&["u1"])));
    let answer = scene
        .connection
        .licenses()
        .summarize_licenses(request)
        .await;
    refused(answer).is(Code::InvalidArgument, ErrorReason::PageTokenMismatch);
}

async fn an_unknown_product_is_named(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let request = SummarizeLicensesRequest {
        products: vec![product("suite"), product("nothing")],
        ..request(&scene, everyone())
    };
    let answer = scene
        .connection
        .licenses()
        .summarize_licenses(request)
        .await;
    refused(answer)
        .is(Code::InvalidArgument, ErrorReason::UnknownProduct)
        .at("products[1]");
}

async fn a_person_reads_it_as_a_table(scene: Scene) {
    two_of_five_hold_the_suite(&scene).await;
    let line = CommandLine::of(&scene);
    let words = [
        "summary",
        "--customer",
        scene.customer_id(),
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
    each_product_tells_who_holds_it_and_what_is_short,
    all_some_or_none_of_a_selection_hold_it,
    each_plan_is_told_by_itself,
    users_that_nobody_knows_are_counted_apart,
    products_come_by_page,
    an_unknown_product_is_named,
    a_person_reads_it_as_a_table,
}
