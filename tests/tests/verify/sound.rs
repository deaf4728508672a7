//! The data is sound after every operation: each customer in these tests is verified when its test
//! has passed.

use seatkeeper_proto::v1::{
    Batch, BatchMode, BatchUpdateLicensesRequest, CancelBatchRequest, Change, DeleteUserRequest,
    DeleteWaitlistEntryRequest, ReduceSeatsRequest, RetryFailedBatchRequest, RevertBatchRequest,
    ShortagePolicy, UpdateWaitlistEntryRequest, WaitlistEntry,
};
use seatkeeper_tests::{
    DAY, Fixture, Transcript, assign, assignment, everyone, listed, on_each_database, revoke, swap,
};

/// More users than one chunk.
const MANY: usize = 12_000;

async fn followed(fixture: &Fixture, batch: Option<Batch>) -> Transcript {
    let batch = batch.expect("the response has a batch").name;
    fixture.follow(&batch, 0).await.unwrap().to_end().await
}

async fn revert(fixture: &Fixture, transcript: &Transcript) -> Transcript {
    let request = RevertBatchRequest {
        name: transcript.batch(),
        ..RevertBatchRequest::default()
    };
    let answer = fixture.connection.batches().revert_batch(request).await;
    followed(fixture, answer.unwrap().into_inner().batch).await
}

async fn retry(fixture: &Fixture, transcript: &Transcript) -> Transcript {
    let request = RetryFailedBatchRequest {
        name: transcript.batch(),
        ..RetryFailedBatchRequest::default()
    };
    let answer = fixture
        .connection
        .batches()
        .retry_failed_batch(request)
        .await;
    followed(fixture, answer.unwrap().into_inner().batch).await
}

async fn delete(fixture: &Fixture, id: &str) {
    let request = DeleteUserRequest {
        name: fixture.user(id),
        force: true,
        ..DeleteUserRequest::default()
    };
    let mut directory = fixture.connection.directory();
    directory.delete_user(request).await.unwrap();
}

fn only(fixture: &Fixture, ids: &[&str]) -> seatkeeper_proto::v1::UserSelector {
    listed(fixture.users(ids))
}

async fn waiting(fixture: &Fixture) -> Transcript {
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    fixture.run(request).await
}

/// Nine users with `suite` and one without, listed in reverse order of the directory.
async fn listed_backwards(fixture: &Fixture) -> Transcript {
    fixture.add_users(10).await;
    fixture.buy("suite", 9).await;
    fixture.buy("lite", 9).await;
    let ids = (1..=10)
        .rev()
        .map(|number| fixture.user(&format!("u{number}")));
    fixture.change(assign(&["suite"]), listed(ids)).await
}

async fn a_batch_that_is_reverted(fixture: Fixture) {
    let transcript = listed_backwards(&fixture).await;
    revert(&fixture, &transcript).await;
    assert!(fixture.holdings().await.is_empty());
}

async fn a_revert_of_more_users_than_a_chunk_takes(fixture: Fixture) {
    fixture.add_users(MANY).await;
    fixture.buy("suite", 10_000).await;
    let transcript = fixture.change(assign(&["suite"]), everyone()).await;
    assert_eq!(revert(&fixture, &transcript).await.results.len(), 10_000);
}

async fn a_revert_that_is_reverted(fixture: Fixture) {
    let transcript = listed_backwards(&fixture).await;
    let reverted = revert(&fixture, &transcript).await;
    revert(&fixture, &reverted).await;
    assert_eq!(fixture.holdings().await.len(), 9);
}

async fn a_revert_of_users_deleted_and_changed_since(fixture: Fixture) {
    let transcript = listed_backwards(&fixture).await;
    delete(&fixture, "u9").await;
    delete(&fixture, "u8").await;
    fixture.import_users(vec![fixture.person("u8", "CH")]).await;
    fixture
        .change(revoke(&["suite"]), only(&fixture, &["u7"]))
        .await;
    let plans = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    fixture.change(plans, only(&fixture, &["u6"])).await;
    revert(&fixture, &transcript).await;
    assert_eq!(fixture.holdings().await, ["u6:suite"]);
}

/// Other users take the seats before the revert, so the first revert can't restore all licenses.
async fn a_revert_that_is_tried_again(fixture: Fixture) {
    listed_backwards(&fixture).await;
    let transcript = fixture
        .change(
            swap(&["suite"], &["lite"]),
            only(&fixture, &["u5", "u4", "u3"]),
        )
        .await;
    fixture
        .change(assign(&["suite"]), only(&fixture, &["u1"]))
        .await;
    let reverted = revert(&fixture, &transcript).await;
    fixture.buy("suite", 1).await;
    let again = retry(&fixture, &reverted).await;
    assert_eq!(again.users(), ["u3"]);
    revert(&fixture, &again).await;
}

async fn a_batch_that_is_tried_again(fixture: Fixture) {
    let transcript = listed_backwards(&fixture).await;
    fixture.buy("suite", 1).await;
    let again = retry(&fixture, &transcript).await;
    assert_eq!(again.users(), ["u1"]);
    revert(&fixture, &again).await;
}

async fn a_revert_of_a_batch_that_was_cancelled(fixture: Fixture) {
    fixture.add_users(MANY).await;
    fixture.buy("suite", 20_000).await;
    let request = fixture.request(assign(&["suite"]), everyone());
    let mut reading = fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let name = reading.so_far().batch();
    // The batch may have ended already.
    let _ended = fixture
        .connection
        .batches()
        .cancel_batch(CancelBatchRequest { name })
        .await;
    let transcript = reading.to_end().await;
    revert(&fixture, &transcript).await;
    assert!(fixture.holdings().await.is_empty());
}

async fn an_all_or_nothing_batch_that_is_refused(fixture: Fixture) {
    listed_backwards(&fixture).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..fixture.request(swap(&["lite"], &["suite"]), everyone())
    };
    fixture.run(request).await;
    assert_eq!(fixture.holdings().await.len(), 9);
}

async fn users_who_wait_are_moved_leave_are_deleted_and_served(fixture: Fixture) {
    fixture.add_users(6).await;
    fixture.buy("suite", 1).await;
    let transcript = waiting(&fixture).await;
    let entry = |user: &str| {
        format!(
            "{}/waitlistEntries/{user}",
            fixture.entitlement_name("suite")
        )
    };
    let moved = UpdateWaitlistEntryRequest {
        waitlist_entry: Some(WaitlistEntry {
            name: entry("u6"),
            priority: 5,
            ..WaitlistEntry::default()
        }),
        ..UpdateWaitlistEntryRequest::default()
    };
    let mut waitlist = fixture.connection.waitlist();
    waitlist.update_waitlist_entry(moved).await.unwrap();
    let left = DeleteWaitlistEntryRequest {
        name: entry("u2"),
        ..DeleteWaitlistEntryRequest::default()
    };
    waitlist.delete_waitlist_entry(left).await.unwrap();
    delete(&fixture, "u3").await;
    fixture
        .change(revoke(&["suite"]), only(&fixture, &["u1"]))
        .await;
    fixture.buy("suite", 1).await;
    assert_eq!(fixture.holdings().await, ["u4:suite", "u6:suite"]);
    revert(&fixture, &transcript).await;
}

async fn seats_given_back_with_their_users(fixture: Fixture) {
    listed_backwards(&fixture).await;
    let request = ReduceSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 8,
        release_users: (3..=10)
            .map(|number| fixture.user(&format!("u{number}")))
            .collect(),
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.reduce_seats(request).await.unwrap();
    assert_eq!(fixture.holdings().await, ["u2:suite"]);
}

async fn all_seats_given_back_and_bought_again(fixture: Fixture) {
    fixture.buy_for("suite", "order", 5, Some(DAY)).await;
    fixture.buy_for("suite", "other", 2, None).await;
    let reduce = |seat_count| ReduceSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count,
        ..ReduceSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.reduce_seats(reduce(7)).await.unwrap();
    fixture.buy_for("suite", "again", 3, None).await;
    entitlements.reduce_seats(reduce(1)).await.unwrap();
    assert_eq!(fixture.entitlement("suite").await.purchased_count, 2);
}

async fn a_purchase_that_lapsed_and_is_renewed(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy_for("suite", "old", 2, Some(-40 * DAY)).await;
    waiting(&fixture).await;
    fixture.renew("suite", "old", Some(-DAY)).await;
    fixture.renew("suite", "old", None).await;
    assert_eq!(fixture.holdings().await.len(), 2);
}

async fn a_revert_of_a_batch_that_bought_seats(fixture: Fixture) {
    fixture.add_users(3).await;
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::BuyMore.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let transcript = fixture.run(request).await;
    revert(&fixture, &transcript).await;
    assert_eq!(fixture.entitlement("suite").await.available_count, 3);
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
