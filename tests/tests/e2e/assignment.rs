use seatkeeper_proto::v1::Outcome;
use seatkeeper_tests::{Scene, assign, everyone, filter, listed, on_each_database, revoke};

const ASSIGNED: Outcome = Outcome::Assigned;

async fn a_list_is_processed_in_its_own_order(scene: Scene) {
    scene.add_users(4).await;
    scene.buy("suite", 4).await;
    let users = listed(scene.users(&["u3", "u1", "u4"]));
    let told = scene.change(assign(&["suite"]), users).await;
    assert_eq!(told.users(), ["u3", "u1", "u4"]);
}

async fn a_list_tells_the_place_of_each_user_in_it(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    let users = listed(scene.users(&["u2", "u2", "u1"]));
    let told = scene.change(assign(&["suite"]), users).await;
    let places = told.results.iter().map(|result| result.request_index);
    assert_eq!(places.collect::<Vec<_>>(), [Some(0), Some(2)]);
}

async fn users_named_twice_count_once(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    let users = listed(scene.users(&["u1", "u2", "u1", "u1"]));
    let told = scene.change(assign(&["suite"]), users).await;
    let started = told.started.unwrap();
    assert_eq!((started.user_count, started.duplicate_count), (2, 2));
}

async fn a_filter_selects_in_the_order_of_the_directory(scene: Scene) {
    scene.add_users(5).await;
    scene.buy("suite", 5).await;
    let told = scene
        .change(assign(&["suite"]), filter("department = \"Sales\""))
        .await;
    assert_eq!(told.users(), ["u1", "u3", "u5"]);
}

async fn everyone_is_selected_in_the_order_of_the_directory(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    let told = scene.change(assign(&["suite"]), everyone()).await;
    assert_eq!(told.users(), ["u1", "u2", "u3"]);
}

async fn two_products_are_assigned_in_one_change(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    scene.buy("addon", 2).await;
    let told = scene.change(assign(&["suite", "addon"]), everyone()).await;
    assert_eq!(
        told.outcomes(),
        [[ASSIGNED, ASSIGNED], [ASSIGNED, ASSIGNED]]
    );
}

async fn what_was_assigned_is_held(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    scene.buy("addon", 2).await;
    scene.change(assign(&["suite", "addon"]), everyone()).await;
    let held = ["u1:addon", "u1:suite", "u2:addon", "u2:suite"];
    let mut holdings = scene.holdings().await;
    holdings.sort();
    assert_eq!(holdings, held);
}

async fn assigning_what_is_held_changes_nothing(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let told = scene.change(assign(&["suite"]), everyone()).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Unchanged]);
    assert_eq!(scene.entitlement("suite").await.assigned_count, 1);
}

async fn revoking_frees_the_seats(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let told = scene
        .change(revoke(&["suite"]), listed(scene.users(&["u1", "u3"])))
        .await;
    assert_eq!(told.outcome_of_each(), [Outcome::Revoked; 2]);
    assert_eq!(scene.entitlement("suite").await.available_count, 2);
}

async fn a_user_that_the_directory_lacks_is_a_result(scene: Scene) {
    scene.add_users(1).await;
    scene.buy("suite", 1).await;
    let users = listed(scene.users(&["nobody", "u1"]));
    let told = scene.change(assign(&["suite"]), users).await;
    assert_eq!(told.outcome_of_each(), [Outcome::Failed, ASSIGNED]);
}

on_each_database! {
    a_list_is_processed_in_its_own_order,
    a_list_tells_the_place_of_each_user_in_it,
    users_named_twice_count_once,
    a_filter_selects_in_the_order_of_the_directory,
    everyone_is_selected_in_the_order_of_the_directory,
    two_products_are_assigned_in_one_change,
    what_was_assigned_is_held,
    assigning_what_is_held_changes_nothing,
    revoking_frees_the_seats,
    a_user_that_the_directory_lacks_is_a_result,
}
