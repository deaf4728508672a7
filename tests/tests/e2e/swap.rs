use seatkeeper_proto::v1::{BatchMode, BatchUpdateLicensesRequest, Outcome};
use seatkeeper_tests::{Own, Scene, assign, everyone, on_each_database, swap};

/// More users than a chunk takes.
const MANY: usize = 20_000;

/// Two users who hold `suite`, and no seat of `lite` to spare.
async fn two_users_swap(scene: &Scene) -> seatkeeper_tests::Transcript {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    scene.buy("lite", 2).await;
    scene.change(assign(&["suite"]), everyone()).await;
    scene.change(swap(&["suite"], &["lite"]), everyone()).await
}

async fn products_that_exclude_one_another_are_swapped_in_one_change(scene: Scene) {
    let told = two_users_swap(&scene).await;
    let swapped = [Outcome::Assigned, Outcome::Revoked];
    assert_eq!(told.outcomes(), [swapped, swapped]);
}

async fn a_swap_leaves_nothing_of_the_old_product(scene: Scene) {
    two_users_swap(&scene).await;
    assert_eq!(scene.holdings().await, ["u1:lite", "u2:lite"]);
}

async fn a_swap_frees_the_seats_of_the_old_product(scene: Scene) {
    two_users_swap(&scene).await;
    assert_eq!(scene.entitlement("suite").await.available_count, 2);
    assert_eq!(scene.entitlement("lite").await.available_count, 0);
}

async fn a_swap_without_seats_leaves_the_old_product(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    scene.buy("lite", 1).await;
    scene.change(assign(&["suite"]), everyone()).await;
    scene.change(swap(&["suite"], &["lite"]), everyone()).await;
    assert_eq!(scene.holdings().await, ["u1:lite", "u2:suite"]);
}

async fn a_swap_and_its_way_back_need_no_seat_to_spare(scene: Scene) {
    two_users_swap(&scene).await;
    let told = scene.change(swap(&["lite"], &["suite"]), everyone()).await;
    assert_eq!(told.count(Outcome::Failed), 0);
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn product_by_product_a_swap_still_leaves_nobody_without_both(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 2).await;
    scene.buy("lite", 1).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::PerLicense.into(),
        ..scene.request(swap(&["suite"], &["lite"]), everyone())
    };
    scene.run(request).await;
    assert_eq!(scene.holdings().await, ["u1:lite", "u2:suite"]);
}

async fn a_crash_leaves_each_user_with_exactly_one_of_both(mut own: Own) {
    own.scene.add_users(MANY).await;
    let seats = i64::try_from(MANY).unwrap();
    own.scene.buy("suite", seats).await;
    own.scene.buy("lite", seats).await;
    own.scene.change(assign(&["suite"]), everyone()).await;
    let request = own.scene.request(swap(&["suite"], &["lite"]), everyone());
    let mut reading = own.scene.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let batch = reading.hang_up().batch();
    own.server.kill();
    own.start_again().await;
    // Taken while the batch goes on, or when it has: both products together are one of each.
    let held = own.scene.holdings().await;
    let users = held.iter().map(|held| held.split(':').next().unwrap());
    let users: std::collections::HashSet<_> = users.collect();
    assert!(users.len() == MANY && held.len() >= MANY);
    own.scene.ended_batch(&batch).await;
    let held = own.scene.holdings().await;
    assert_eq!(held.len(), MANY);
    assert!(held.iter().all(|held| held.ends_with(":lite")));
}

on_each_database! {
    a_swap_and_its_way_back_need_no_seat_to_spare,
    product_by_product_a_swap_still_leaves_nobody_without_both,
    a_crash_leaves_each_user_with_exactly_one_of_both,
    products_that_exclude_one_another_are_swapped_in_one_change,
    a_swap_leaves_nothing_of_the_old_product,
    a_swap_frees_the_seats_of_the_old_product,
    a_swap_without_seats_leaves_the_old_product,
}
