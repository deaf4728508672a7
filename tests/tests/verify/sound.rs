//! What every operation leaves is sound: each customer here is verified when its test has passed.

use seatkeeper_proto::v1::{
    Batch, BatchMode, BatchUpdateLicensesRequest, CancelBatchRequest, Change, DeleteUserRequest,
    DeleteWaitlistEntryRequest, ReduceSeatsRequest, RetryFailedBatchRequest, RevertBatchRequest,
    ShortagePolicy, UpdateWaitlistEntryRequest, WaitlistEntry,
};
use seatkeeper_tests::{
    DAY, Scene, Transcript, assign, assignment, everyone, listed, on_each_database, revoke, swap,
};

/// More users than a chunk takes.
const MANY: usize = 12_000;

async fn followed(scene: &Scene, batch: Option<Batch>) -> Transcript {
    let batch = batch.expect("the answer has a batch").name;
    scene.follow(&batch, 0).await.unwrap().to_end().await
}

async fn revert(scene: &Scene, told: &Transcript) -> Transcript {
    let request = RevertBatchRequest {
        name: told.batch(),
        ..RevertBatchRequest::default()
    };
    let answer = scene.connection.batches().revert_batch(request).await;
    followed(scene, answer.unwrap().into_inner().batch).await
}

async fn retry(scene: &Scene, told: &Transcript) -> Transcript {
    let request = RetryFailedBatchRequest {
        name: told.batch(),
        ..RetryFailedBatchRequest::default()
    };
    let answer = scene.connection.batches().retry_failed_batch(request).await;
    followed(scene, answer.unwrap().into_inner().batch).await
}

async fn delete(scene: &Scene, id: &str) {
    let request = DeleteUserRequest {
        name: scene.user(id),
        force: true,
        ..DeleteUserRequest::default()
    };
    let mut directory = scene.connection.directory();
    directory.delete_user(request).await.unwrap();
}

fn only(scene: &Scene, ids: &[&str]) -> seatkeeper_proto::v1::UserSelector {
    listed(scene.users(ids))
}

async fn waiting(scene: &Scene) -> Transcript {
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..scene.request(assign(&["suite"]), everyone())
    };
    scene.run(request).await
}

/// Nine users with `suite`, listed against the order of the directory, and one without.
async fn listed_backwards(scene: &Scene) -> Transcript {
    scene.add_users(10).await;
    scene.buy("suite", 9).await;
    scene.buy("lite", 9).await;
    let ids = (1..=10)
        .rev()
        .map(|number| scene.user(&format!("u{number}")));
    scene.change(assign(&["suite"]), listed(ids)).await
}

async fn a_batch_that_is_reverted(scene: Scene) {
    let told = listed_backwards(&scene).await;
    revert(&scene, &told).await;
    assert!(scene.holdings().await.is_empty());
}

async fn a_revert_of_more_users_than_a_chunk_takes(scene: Scene) {
    scene.add_users(MANY).await;
    scene.buy("suite", 10_000).await;
    let told = scene.change(assign(&["suite"]), everyone()).await;
    assert_eq!(revert(&scene, &told).await.results.len(), 10_000);
}

async fn a_revert_that_is_reverted(scene: Scene) {
    let told = listed_backwards(&scene).await;
    let reverted = revert(&scene, &told).await;
    revert(&scene, &reverted).await;
    assert_eq!(scene.holdings().await.len(), 9);
}

async fn a_revert_of_users_deleted_and_changed_since(scene: Scene) {
    let told = listed_backwards(&scene).await;
    delete(&scene, "u9").await;
    delete(&scene, "u8").await;
    scene.import_users(vec![scene.person("u8", "CH")]).await;
    scene
        .change(revoke(&["suite"]), only(&scene, &["u7"]))
        .await;
    let plans = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    scene.change(plans, only(&scene, &["u6"])).await;
    revert(&scene, &told).await;
    assert_eq!(scene.holdings().await, ["u6:suite"]);
}

/// Seats were given to others in between, and so some of what was revoked can't be put back at first.
async fn a_revert_that_is_tried_again(scene: Scene) {
    listed_backwards(&scene).await;
    let told = scene
        .change(
            swap(&["suite"], &["lite"]),
            only(&scene, &["u5", "u4", "u3"]),
        )
        .await;
    scene
        .change(assign(&["suite"]), only(&scene, &["u1"]))
        .await;
    let reverted = revert(&scene, &told).await;
    scene.buy("suite", 1).await;
    let again = retry(&scene, &reverted).await;
    assert_eq!(again.users(), ["u3"]);
    revert(&scene, &again).await;
}

async fn a_batch_that_is_tried_again(scene: Scene) {
    let told = listed_backwards(&scene).await;
    scene.buy("suite", 1).await;
    let again = retry(&scene, &told).await;
    assert_eq!(again.users(), ["u1"]);
    revert(&scene, &again).await;
}

async fn a_revert_of_a_batch_that_was_cancelled(scene: Scene) {
    scene.add_users(MANY).await;
    scene.buy("suite", 20_000).await;
    let request = scene.request(assign(&["suite"]), everyone());
    let mut reading = scene.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let name = reading.so_far().batch();
    // It may have ended already.
    let _ended = scene
        .connection
        .batches()
        .cancel_batch(CancelBatchRequest { name })
        .await;
    let told = reading.to_end().await;
    revert(&scene, &told).await;
    assert!(scene.holdings().await.is_empty());
}

async fn an_all_or_nothing_batch_that_is_refused(scene: Scene) {
    listed_backwards(&scene).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..scene.request(swap(&["lite"], &["suite"]), everyone())
    };
    scene.run(request).await;
    assert_eq!(scene.holdings().await.len(), 9);
}

async fn users_who_wait_are_moved_leave_are_deleted_and_served(scene: Scene) {
    scene.add_users(6).await;
    scene.buy("suite", 1).await;
    let told = waiting(&scene).await;
    let entry = |user: &str| format!("{}/waitlistEntries/{user}", scene.entitlement_name("suite"));
    let moved = UpdateWaitlistEntryRequest {
        waitlist_entry: Some(WaitlistEntry {
            name: entry("u6"),
            priority: 5,
            ..WaitlistEntry::default()
        }),
        ..UpdateWaitlistEntryRequest::default()
    };
    let mut waitlist = scene.connection.waitlist();
    waitlist.update_waitlist_entry(moved).await.unwrap();
    let left = DeleteWaitlistEntryRequest {
        name: entry("u2"),
        ..DeleteWaitlistEntryRequest::default()
    };
    waitlist.delete_waitlist_entry(left).await.unwrap();
    delete(&scene, "u3").await;
    scene
        .change(revoke(&["suite"]), only(&scene, &["u1"]))
        .await;
    scene.buy("suite", 1).await;
    assert_eq!(scene.holdings().await, ["u4:suite", "u6:suite"]);
    revert(&scene, &told).await;
}

async fn seats_given_back_with_their_users(scene: Scene) {
    listed_backwards(&scene).await;
    let request = ReduceSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count: 8,
        users_giving_up: (3..=10)
            .map(|number| scene.user(&format!("u{number}")))
            .collect(),
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = scene.connection.entitlements();
    entitlements.reduce_seats(request).await.unwrap();
    assert_eq!(scene.holdings().await, ["u2:suite"]);
}

async fn all_seats_given_back_and_bought_again(scene: Scene) {
    scene.buy_for("suite", "order", 5, Some(DAY)).await;
    scene.buy_for("suite", "other", 2, None).await;
    let reduce = |seat_count| ReduceSeatsRequest {
        name: scene.entitlement_name("suite"),
        seat_count,
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = scene.connection.entitlements();
    entitlements.reduce_seats(reduce(7)).await.unwrap();
    scene.buy_for("suite", "again", 3, None).await;
    entitlements.reduce_seats(reduce(1)).await.unwrap();
    assert_eq!(scene.entitlement("suite").await.purchased_count, 2);
}

async fn a_purchase_that_lapsed_and_is_renewed(scene: Scene) {
    scene.add_users(2).await;
    scene.buy_for("suite", "old", 2, Some(-40 * DAY)).await;
    waiting(&scene).await;
    scene.renew("suite", "old", Some(-DAY)).await;
    scene.renew("suite", "old", None).await;
    assert_eq!(scene.holdings().await.len(), 2);
}

async fn a_revert_of_a_batch_that_bought_seats(scene: Scene) {
    scene.add_users(3).await;
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::BuyMore.into(),
        ..scene.request(assign(&["suite"]), everyone())
    };
    let told = scene.run(request).await;
    revert(&scene, &told).await;
    assert_eq!(scene.entitlement("suite").await.available_count, 3);
}

on_each_database! {
    a_batch_that_is_reverted,
    a_revert_of_more_users_than_a_chunk_takes,
    a_revert_that_is_reverted,
    a_revert_of_users_deleted_and_changed_since,
    a_revert_that_is_tried_again,
    a_batch_that_is_tried_again,
    a_revert_of_a_batch_that_was_cancelled,
    an_all_or_nothing_batch_that_is_refused,
    users_who_wait_are_moved_leave_are_deleted_and_served,
    seats_given_back_with_their_users,
    all_seats_given_back_and_bought_again,
    a_purchase_that_lapsed_and_is_renewed,
    a_revert_of_a_batch_that_bought_seats,
}
