use seatkeeper_proto::v1::{BatchMode, BatchUpdateLicensesRequest, Outcome};
use seatkeeper_tests::{Fixture, OwnServer, assign, everyone, on_each_database, swap};

/// More users than one chunk.
const MANY: usize = 20_000;

/// Two users hold `suite`, and no seat of `lite` is free.
async fn two_users_swap(fixture: &Fixture) -> seatkeeper_tests::Transcript {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.buy("lite", 2).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    fixture
        .change(swap(&["suite"], &["lite"]), everyone())
        .await
}

async fn products_that_exclude_one_another_are_swapped_in_one_change(fixture: Fixture) {
    let transcript = two_users_swap(&fixture).await;
    let swapped = [Outcome::Assigned, Outcome::Revoked];
    assert_eq!(transcript.outcomes(), [swapped, swapped]);
}

async fn a_swap_leaves_nothing_of_the_old_product(fixture: Fixture) {
    two_users_swap(&fixture).await;
    assert_eq!(fixture.holdings().await, ["u1:lite", "u2:lite"]);
}

async fn a_swap_frees_the_seats_of_the_old_product(fixture: Fixture) {
    two_users_swap(&fixture).await;
    assert_eq!(fixture.entitlement("suite").await.available_count, 2);
    assert_eq!(fixture.entitlement("lite").await.available_count, 0);
}

async fn a_swap_without_seats_leaves_the_old_product(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.buy("lite", 1).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    fixture
        .change(swap(&["suite"], &["lite"]), everyone())
        .await;
    assert_eq!(fixture.holdings().await, ["u1:lite", "u2:suite"]);
}

async fn a_swap_and_its_way_back_need_no_seat_to_spare(fixture: Fixture) {
    two_users_swap(&fixture).await;
    let transcript = fixture
        .change(swap(&["lite"], &["suite"]), everyone())
        .await;
    assert_eq!(transcript.count(Outcome::Failed), 0);
    assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn product_by_product_a_swap_still_leaves_no_user_without_both(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.buy("lite", 1).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::PerLicense.into(),
        ..fixture.request(swap(&["suite"], &["lite"]), everyone())
    };
    fixture.run(request).await;
    assert_eq!(fixture.holdings().await, ["u1:lite", "u2:suite"]);
}

async fn a_crash_leaves_each_user_with_exactly_one_of_both(mut own: OwnServer) {
    own.fixture.add_users(MANY).await;
    let seats = i64::try_from(MANY).unwrap();
    own.fixture.buy("suite", seats).await;
    own.fixture.buy("lite", seats).await;
    own.fixture.change(assign(&["suite"]), everyone()).await;
    let request = own.fixture.request(swap(&["suite"], &["lite"]), everyone());
    let mut reading = own.fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let batch = reading.hang_up().batch();
    own.server.kill();
    own.start_again().await;
    // The list may be read during or after the batch: each user holds exactly one of the two
    // products.
    let held = own.fixture.holdings().await;
    let users = held.iter().map(|held| held.split(':').next().unwrap());
    let users: std::collections::HashSet<_> = users.collect();
    assert!(users.len() == MANY && held.len() >= MANY);
    own.fixture.ended_batch(&batch).await;
    let held = own.fixture.holdings().await;
    assert_eq!(held.len(), MANY);
    assert!(held.iter().all(|held| held.ends_with(":lite")));
}

on_each_database! {
    a_swap_and_its_way_back_need_no_seat_to_spare,
    product_by_product_a_swap_still_leaves_no_user_without_both,
    a_crash_leaves_each_user_with_exactly_one_of_both,
    products_that_exclude_one_another_are_swapped_in_one_change,
    a_swap_leaves_nothing_of_the_old_product,
    a_swap_frees_the_seats_of_the_old_product,
    a_swap_without_seats_leaves_the_old_product,
}
