use seatkeeper_proto::v1::{Assignment, Change, Outcome, PlanPolicy};
use seatkeeper_tests::{
    Fixture, Transcript, assign, assignment, everyone, on_each_database, plan, swap,
};

fn one(assignment: Assignment) -> Change {
    Change {
        assign: vec![assignment],
        revoke: Vec::new(),
    }
}

async fn one_user_has_suite_without_chat(fixture: &Fixture) -> Transcript {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture
        .change(one(assignment("suite", &["chat"])), everyone())
        .await
}

async fn disabled_plans(fixture: &Fixture) -> Vec<String> {
    let mut state = fixture.state().await;
    assert_eq!(state.licenses.len(), 1);
    state.licenses.remove(0).disabled_plans
}

async fn plans_can_be_left_off(fixture: Fixture) {
    one_user_has_suite_without_chat(&fixture).await;
    assert_eq!(disabled_plans(&fixture).await, [plan("suite", "chat")]);
}

async fn a_change_of_plans_is_an_update(fixture: Fixture) {
    one_user_has_suite_without_chat(&fixture).await;
    let transcript = fixture
        .change(one(assignment("suite", &["mail"])), everyone())
        .await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Updated]);
    assert_eq!(disabled_plans(&fixture).await, [plan("suite", "mail")]);
}

async fn a_change_of_plans_takes_no_seat(fixture: Fixture) {
    one_user_has_suite_without_chat(&fixture).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let entitlement = fixture.entitlement("suite").await;
    assert_eq!(
        (entitlement.assigned_count, entitlement.available_count),
        (1, 0)
    );
}

async fn plans_of_a_held_product_are_kept_on_request(fixture: Fixture) {
    one_user_has_suite_without_chat(&fixture).await;
    let keep = Assignment {
        plan_policy: PlanPolicy::Keep.into(),
        ..assignment("suite", &[])
    };
    let transcript = fixture.change(one(keep), everyone()).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Unchanged]);
    assert_eq!(disabled_plans(&fixture).await, [plan("suite", "chat")]);
}

async fn a_plan_that_is_off_excludes_nothing(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture.buy("lite", 1).await;
    let both = Change {
        assign: vec![assignment("suite", &["mail"]), assignment("lite", &[])],
        revoke: Vec::new(),
    };
    let transcript = fixture.change(both, everyone()).await;
    assert_eq!(
        transcript.outcomes(),
        [[Outcome::Assigned, Outcome::Assigned]]
    );
}

async fn a_plan_that_another_license_needs_can_not_be_switched_off(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture.buy("addon", 1).await;
    fixture
        .change(swap(&[], &["suite", "addon"]), everyone())
        .await;
    let transcript = fixture
        .change(one(assignment("suite", &["chat"])), everyone())
        .await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Failed]);
}

on_each_database! {
    plans_can_be_left_off,
    a_change_of_plans_is_an_update,
    a_change_of_plans_takes_no_seat,
    plans_of_a_held_product_are_kept_on_request,
    a_plan_that_is_off_excludes_nothing,
    a_plan_that_another_license_needs_can_not_be_switched_off,
}
