use seatkeeper_proto::v1::Outcome;
use seatkeeper_tests::{Fixture, assign, everyone, filter, listed, on_each_database, revoke};

const ASSIGNED: Outcome = Outcome::Assigned;

async fn a_list_is_processed_in_its_own_order(fixture: Fixture) {
    fixture.add_users(4).await;
    fixture.buy("suite", 4).await;
    let users = listed(fixture.users(&["u3", "u1", "u4"]));
    let transcript = fixture.change(assign(&["suite"]), users).await;
    assert_eq!(transcript.users(), ["u3", "u1", "u4"]);
}

async fn a_list_reports_the_index_of_each_user(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    let users = listed(fixture.users(&["u2", "u2", "u1"]));
    let transcript = fixture.change(assign(&["suite"]), users).await;
    let indexes = transcript.results.iter().map(|result| result.request_index);
    assert_eq!(indexes.collect::<Vec<_>>(), [Some(0), Some(2)]);
}

async fn users_named_twice_count_once(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    let users = listed(fixture.users(&["u1", "u2", "u1", "u1"]));
    let transcript = fixture.change(assign(&["suite"]), users).await;
    let started = transcript.started.unwrap();
    assert_eq!((started.user_count, started.duplicate_count), (2, 2));
}

async fn a_filter_selects_in_the_order_of_the_directory(fixture: Fixture) {
    fixture.add_users(5).await;
    fixture.buy("suite", 5).await;
    let transcript = fixture
        .change(assign(&["suite"]), filter("department = \"Sales\""))
        .await;
    assert_eq!(transcript.users(), ["u1", "u3", "u5"]);
}

async fn everyone_is_selected_in_the_order_of_the_directory(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    assert_eq!(transcript.users(), ["u1", "u2", "u3"]);
}

async fn two_products_are_assigned_in_one_change(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.buy("addon", 2).await;
    let transcript = fixture
        .change(assign(&["suite", "addon"]), everyone())
        .await;
    assert_eq!(
        transcript.outcomes(),
        [[ASSIGNED, ASSIGNED], [ASSIGNED, ASSIGNED]]
    );
}

async fn assigned_products_are_held(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.buy("addon", 2).await;
    fixture
        .change(assign(&["suite", "addon"]), everyone())
        .await;
    let held = ["u1:addon", "u1:suite", "u2:addon", "u2:suite"];
    let mut holdings = fixture.holdings().await;
    holdings.sort();
    assert_eq!(holdings, held);
}

async fn assigning_what_is_held_changes_nothing(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Unchanged]);
    assert_eq!(fixture.entitlement("suite").await.assigned_count, 1);
}

async fn revoking_frees_the_seats(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let transcript = fixture
        .change(revoke(&["suite"]), listed(fixture.users(&["u1", "u3"])))
        .await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Revoked; 2]);
    assert_eq!(fixture.entitlement("suite").await.available_count, 2);
}

async fn a_user_that_the_directory_lacks_is_a_result(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy("suite", 1).await;
    let users = listed(fixture.users(&["nobody", "u1"]));
    let transcript = fixture.change(assign(&["suite"]), users).await;
    assert_eq!(transcript.outcome_of_each(), [Outcome::Failed, ASSIGNED]);
}

on_each_database! {
    a_list_is_processed_in_its_own_order,
    a_list_reports_the_index_of_each_user,
    users_named_twice_count_once,
    a_filter_selects_in_the_order_of_the_directory,
    everyone_is_selected_in_the_order_of_the_directory,
    two_products_are_assigned_in_one_change,
    assigned_products_are_held,
    assigning_what_is_held_changes_nothing,
    revoking_frees_the_seats,
    a_user_that_the_directory_lacks_is_a_result,
}
