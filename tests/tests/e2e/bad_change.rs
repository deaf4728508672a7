use seatkeeper_proto::v1::{Change, ErrorReason};
use seatkeeper_tests::{
    Fixture, Refusal, assign, assignment, everyone, on_each_database, plan, product, revoke, swap,
};
use tonic::Code;

/// The rejection of a change, for a customer with users, seats and licenses.
async fn refusal(fixture: &Fixture, change: Change) -> Refusal {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    fixture.refusal(fixture.request(change, everyone())).await
}

async fn an_unknown_product(fixture: Fixture) {
    let refusal = refusal(&fixture, assign(&["suite", "nothing"])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::UnknownProduct)
        .at("change.assign[1].product")
        .with("product", "products/nothing");
}

async fn an_unknown_product_to_revoke(fixture: Fixture) {
    let refusal = refusal(&fixture, revoke(&["nothing"])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::UnknownProduct)
        .at("change.revoke[0]");
}

async fn a_plan_of_another_product(fixture: Fixture) {
    let mut wrong = assignment("suite", &["chat"]);
    wrong.disabled_plans.push(plan("suite", "meet"));
    let change = Change {
        assign: vec![wrong],
        revoke: Vec::new(),
    };
    refusal(&fixture, change)
        .await
        .is(Code::InvalidArgument, ErrorReason::ForeignServicePlan)
        .at("change.assign[0].disabled_plans[1]")
        .with("product", &product("suite"))
        .with("service_plan", &plan("suite", "meet"));
}

async fn a_plan_named_below_another_product(fixture: Fixture) {
    let mut wrong = assignment("suite", &[]);
    wrong.disabled_plans.push(plan("addon", "meet"));
    let change = Change {
        assign: vec![wrong],
        revoke: Vec::new(),
    };
    let refusal = refusal(&fixture, change).await;
    assert_eq!(refusal.code, Code::InvalidArgument);
    refusal.at("change.assign[0].disabled_plans[0]");
}

async fn a_plan_for_the_whole_company(fixture: Fixture) {
    let change = Change {
        assign: vec![assignment("suite", &["base"])],
        revoke: Vec::new(),
    };
    refusal(&fixture, change)
        .await
        .is(Code::InvalidArgument, ErrorReason::PlanNotSwitchable)
        .at("change.assign[0].disabled_plans[0]")
        .with("service_plan", &plan("suite", "base"));
}

async fn a_plan_named_twice(fixture: Fixture) {
    let change = Change {
        assign: vec![assignment("suite", &["chat", "chat"])],
        revoke: Vec::new(),
    };
    refusal(&fixture, change)
        .await
        .is(Code::InvalidArgument, ErrorReason::DuplicateServicePlan)
        .at("change.assign[0].disabled_plans[1]");
}

async fn a_product_assigned_and_revoked(fixture: Fixture) {
    let refusal = refusal(&fixture, swap(&["suite"], &["suite"])).await;
    refusal
        .is(
            Code::InvalidArgument,
            ErrorReason::ProductAssignedAndRevoked,
        )
        .at("change.revoke[0]")
        .with("product", &product("suite"));
}

async fn a_product_assigned_twice(fixture: Fixture) {
    let refusal = refusal(&fixture, assign(&["suite", "addon", "suite"])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::DuplicateProduct)
        .at("change.assign[2].product")
        .with("product", &product("suite"));
}

async fn a_product_revoked_twice(fixture: Fixture) {
    let refusal = refusal(&fixture, revoke(&["suite", "suite"])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::DuplicateProduct)
        .at("change.revoke[1]");
}

async fn an_empty_change(fixture: Fixture) {
    let refusal = refusal(&fixture, assign(&[])).await;
    refusal
        .is(Code::InvalidArgument, ErrorReason::EmptyChange)
        .at("change");
}

async fn all_mistakes_are_reported_at_once(fixture: Fixture) {
    let refusal = refusal(&fixture, swap(&["nowhere"], &["nothing", "suite"])).await;
    assert_eq!(
        refusal.fields,
        ["change.assign[0].product", "change.revoke[0]"]
    );
}

on_each_database! {
    an_unknown_product,
    an_unknown_product_to_revoke,
    a_plan_of_another_product,
    a_plan_named_below_another_product,
    a_plan_for_the_whole_company,
    a_plan_named_twice,
    a_product_assigned_and_revoked,
    a_product_assigned_twice,
    a_product_revoked_twice,
    an_empty_change,
    all_mistakes_are_reported_at_once,
}
