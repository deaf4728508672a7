use seatkeeper_proto::v1::Outcome;
use seatkeeper_tests::{Scene, assign, everyone, on_each_database, swap};

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

on_each_database! {
    products_that_exclude_one_another_are_swapped_in_one_change,
    a_swap_leaves_nothing_of_the_old_product,
    a_swap_frees_the_seats_of_the_old_product,
    a_swap_without_seats_leaves_the_old_product,
}
