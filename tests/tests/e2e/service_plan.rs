use seatkeeper_proto::v1::{Assignment, Change, Outcome, PlanPolicy};
use seatkeeper_tests::{
    Scene, Transcript, assign, assignment, everyone, on_each_database, plan, swap,
};

fn one(assignment: Assignment) -> Change {
    Change {
        assign: vec![assignment],
        revoke: Vec::new(),
    }
}

async fn one_user_has_suite_without_chat(scene: &Scene) -> Transcript {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    scene
        .change(one(assignment("suite", &["chat"])), everyone())
        .await
}

async fn disabled_plans(scene: &Scene) -> Vec<String> {
    let mut state = scene.state().await;
    assert_eq!(state.licenses.len(), 1);
    state.licenses.remove(0).disabled_plans
}

async fn plans_can_be_left_off(scene: Scene) {
    one_user_has_suite_without_chat(&scene).await;
    assert_eq!(disabled_plans(&scene).await, [plan("suite", "chat")]);
}

async fn a_change_of_plans_is_an_update(scene: Scene) {
    one_user_has_suite_without_chat(&scene).await;
    let told = scene
        .change(one(assignment("suite", &["mail"])), everyone())
        .await;
    assert_eq!(told.outcome_of_each(), [Outcome::Updated]);
    assert_eq!(disabled_plans(&scene).await, [plan("suite", "mail")]);
}

async fn a_change_of_plans_takes_no_seat(scene: Scene) {
    one_user_has_suite_without_chat(&scene).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let entitlement = scene.entitlement("suite").await;
    assert_eq!(
        (entitlement.assigned_count, entitlement.available_count),
        (1, 0)
    );
}

async fn plans_of_a_held_product_are_kept_on_request(scene: Scene) {
    one_user_has_suite_without_chat(&scene).await;
    let keep = Assignment {
        plan_policy: PlanPolicy::Keep.into(),
        ..assignment("suite", &[])
    };
    let told = scene.change(one(keep), everyone()).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Unchanged]);
    assert_eq!(disabled_plans(&scene).await, [plan("suite", "chat")]);
}

async fn a_plan_that_is_off_excludes_nothing(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    scene.buy("lite", 1).await;
    let both = Change {
        assign: vec![assignment("suite", &["mail"]), assignment("lite", &[])],
        revoke: Vec::new(),
    };
    let told = scene.change(both, everyone()).await;
    assert_eq!(told.outcomes(), [[Outcome::Assigned, Outcome::Assigned]]);
}

async fn a_plan_that_another_license_needs_can_not_be_switched_off(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    scene.buy("addon", 1).await;
    scene
        .change(swap(&[], &["suite", "addon"]), everyone())
        .await;
    let told = scene
        .change(one(assignment("suite", &["chat"])), everyone())
        .await;
    assert_eq!(told.outcome_of_each(), [Outcome::Failed]);
}

on_each_database! {
    plans_can_be_left_off,
    a_change_of_plans_is_an_update,
    a_change_of_plans_takes_no_seat,
    plans_of_a_held_product_are_kept_on_request,
    a_plan_that_is_off_excludes_nothing,
    a_plan_that_another_license_needs_can_not_be_switched_off,
}
