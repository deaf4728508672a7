use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{
    BatchMode, BatchUpdateLicensesRequest, Change, DeleteWaitlistEntryRequest, ErrorReason,
    ListWaitlistEntriesRequest, ListWaitlistEntriesResponse, Outcome, ShortagePolicy,
    UpdateWaitlistEntryRequest, UpdateWaitlistEntryResponse, UserSelector, WaitlistEntry,
};
use seatkeeper_tests::{
    CommandLine, DAY, Own, Scene, assign, everyone, listed, on_each_database, refused, revoke, swap,
};
use serde_json::json;
use tonic::{Code, Status};

const PATIENCE: Duration = Duration::from_mins(1);

async fn who_finds_no_seat_is_told_to_wait_and_served_in_order(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 1).await;
    let told = scene
        .run(waiting(&scene, assign(&["suite"]), everyone()))
        .await;
    let expected = [Outcome::Assigned, Outcome::Waitlisted, Outcome::Waitlisted];
    assert_eq!(told.outcome_of_each(), expected);
    let entries = queue(&scene, "suite").await;
    assert_eq!(told_of(&entries), [("u2", 1), ("u3", 2)]);
    assert_eq!(entries[0].batch, told.batch());
    let seats = scene.entitlement("suite").await;
    assert_eq!((seats.waitlisted_count, seats.assigned_count), (2, 1));
    scene.buy("suite", 1).await;
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite"]);
    scene
        .change(revoke(&["suite"]), listed(scene.users(&["u1"])))
        .await;
    assert_eq!(scene.holdings().await, ["u2:suite", "u3:suite"]);
    assert_eq!(scene.entitlement("suite").await.waitlisted_count, 0);
}

async fn a_renewal_serves_who_waits(scene: Scene) {
    scene.add_users(1).await;
    scene.buy_for("suite", "old", 1, Some(-40 * DAY)).await;
    scene
        .run(waiting(&scene, assign(&["suite"]), everyone()))
        .await;
    assert_eq!(told_of(&queue(&scene, "suite").await), [("u1", 1)]);
    scene.renew("suite", "old", None).await;
    assert_eq!(scene.holdings().await, ["u1:suite"]);
}

async fn a_swap_that_waits_revokes_nothing_before(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 1).await;
    scene.buy("lite", 1).await;
    scene
        .change(assign(&["suite"]), listed(scene.users(&["u1"])))
        .await;
    scene
        .change(assign(&["lite"]), listed(scene.users(&["u2"])))
        .await;
    let request = waiting(
        &scene,
        swap(&["lite"], &["suite"]),
        listed(scene.users(&["u2"])),
    );
    scene.run(request).await;
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:lite"]);
    scene.buy("suite", 1).await;
    assert_eq!(scene.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn the_queue_is_reordered_by_priority_and_left(scene: Scene) {
    scene.add_users(4).await;
    scene.buy("suite", 1).await;
    scene
        .run(waiting(&scene, assign(&["suite"]), everyone()))
        .await;
    let moved = prioritize(&scene, "u4", 5, "").await.unwrap();
    let moved = moved.waitlist_entry.unwrap();
    assert_eq!((moved.position, moved.priority), (1, 5));
    let leave = DeleteWaitlistEntryRequest {
        name: entry_name(&scene, "suite", "u2"),
        ..DeleteWaitlistEntryRequest::default()
    };
    let mut service = scene.connection.waitlist();
    service.delete_waitlist_entry(leave.clone()).await.unwrap();
    assert_eq!(
        told_of(&queue(&scene, "suite").await),
        [("u4", 1), ("u3", 2)]
    );
    refused(service.delete_waitlist_entry(leave).await)
        .is(Code::NotFound, ErrorReason::WaitlistEntryNotFound)
        .with("name", &entry_name(&scene, "suite", "u2"));
    scene.buy("suite", 1).await;
    assert_eq!(scene.holdings().await, ["u1:suite", "u4:suite"]);
}

async fn an_outdated_etag_moves_nobody(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 1).await;
    scene
        .run(waiting(&scene, assign(&["suite"]), everyone()))
        .await;
    let etag = queue(&scene, "suite").await.remove(0).etag;
    prioritize(&scene, "u2", 1, &etag).await.unwrap();
    refused(prioritize(&scene, "u2", 2, &etag).await).is(Code::Aborted, ErrorReason::EtagMismatch);
    assert_eq!(queue(&scene, "suite").await[0].priority, 1);
}

async fn a_priority_out_of_bounds_is_refused(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 1).await;
    scene
        .run(waiting(&scene, assign(&["suite"]), everyone()))
        .await;
    refused(prioritize(&scene, "u2", -1_001, "").await)
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("waitlist_entry.priority");
}

async fn queues_are_listed_page_by_page(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 1).await;
    scene.buy("addon", 1).await;
    let request = waiting(&scene, assign(&["suite", "addon"]), everyone());
    scene.run(request).await;
    let mut request = ListWaitlistEntriesRequest {
        parent: scene.entitlement_name("-"),
        page_size: 3,
        ..ListWaitlistEntriesRequest::default()
    };
    let first = list(&scene, request.clone()).await.unwrap();
    assert_eq!(first.total_size, 4);
    request.page_token = first.next_page_token;
    let second = list(&scene, request.clone()).await.unwrap();
    assert_eq!(second.next_page_token, "");
    let all = [first.waitlist_entries, second.waitlist_entries].concat();
    assert_eq!(told_of(&all), [("u2", 1), ("u3", 2), ("u2", 1), ("u3", 2)]);
    request.user = scene.user("u3");
    refused(list(&scene, request.clone()).await)
        .is(Code::InvalidArgument, ErrorReason::PageTokenMismatch);
    request.page_token.clear();
    let of_one = list(&scene, request).await.unwrap();
    assert_eq!(told_of(&of_one.waitlist_entries), [("u3", 2), ("u3", 2)]);
    assert_eq!(of_one.total_size, 2);
}

async fn a_list_of_no_entitlement_is_refused(scene: Scene) {
    let request = ListWaitlistEntriesRequest {
        parent: scene.entitlement_name("suite"),
        ..ListWaitlistEntriesRequest::default()
    };
    refused(list(&scene, request).await).is(Code::NotFound, ErrorReason::EntitlementNotFound);
}

async fn a_dry_run_tells_who_would_wait(scene: Scene) {
    scene.add_users(2).await;
    scene.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        validate_only: true,
        ..waiting(&scene, assign(&["suite"]), everyone())
    };
    let told = scene.run(request).await;
    assert_eq!(
        told.outcome_of_each(),
        [Outcome::Assigned, Outcome::Waitlisted]
    );
    assert!(queue(&scene, "suite").await.is_empty());
}

async fn all_or_nothing_cannot_wait(scene: Scene) {
    scene.add_users(1).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..waiting(&scene, assign(&["suite"]), everyone())
    };
    scene
        .refusal(request)
        .await
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("shortage_policy");
}

async fn the_command_line_lists_orders_and_leaves(scene: Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 1).await;
    let line = CommandLine::of(&scene);
    let of = ["--customer", scene.customer_id(), "--product", "suite"];
    let words = [&["assign", "--all", "--shortage", "waitlist"], &of[..]].concat();
    assert_eq!(line.run(&words).await.code, 0);
    let u3 = [&of[..], &["--user", "u3"]].concat();
    let words = [&["waitlist", "prioritize", "--priority", "10"], &u3[..]].concat();
    line.objects(&words).await;
    let listing = [&["waitlist", "list"], &of[..]].concat();
    let listed = line.objects(&listing).await;
    assert_eq!(listed[0]["user"], json!(scene.user("u3")), "{listed:?}");
    let words = [&["waitlist", "leave"], &u3[..]].concat();
    line.objects(&words).await;
    let listed = line.objects(&listing).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["user"], json!(scene.user("u2")));
}

async fn seats_bought_just_before_a_crash_are_given_after_it(mut own: Own) {
    // More than one transaction serves, so that some are left when the server dies.
    let users = 12_000;
    own.scene.add_users(users).await;
    own.scene.buy("suite", 1).await;
    own.scene
        .run(waiting(&own.scene, assign(&["suite"]), everyone()))
        .await;
    let seats = i64::try_from(users).unwrap();
    own.scene.buy("suite", seats - 1).await;
    own.server.kill();
    own.start_again().await;
    let deadline = Instant::now() + PATIENCE;
    while own.scene.entitlement("suite").await.waitlisted_count > 0 {
        assert!(Instant::now() < deadline, "the queue is not served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let entitlement = own.scene.entitlement("suite").await;
    assert_eq!(
        (entitlement.assigned_count, entitlement.available_count),
        (seats, 0)
    );
    assert_eq!(own.scene.holdings().await.len(), users);
}

/// A batch whose users wait where there is no seat.
fn waiting(scene: &Scene, change: Change, users: UserSelector) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..scene.request(change, users)
    }
}

fn entry_name(scene: &Scene, product: &str, user: &str) -> String {
    format!("{}/waitlistEntries/{user}", scene.entitlement_name(product))
}

async fn list(
    scene: &Scene,
    request: ListWaitlistEntriesRequest,
) -> Result<ListWaitlistEntriesResponse, Status> {
    let answer = scene
        .connection
        .waitlist()
        .list_waitlist_entries(request)
        .await;
    answer.map(tonic::Response::into_inner)
}

async fn queue(scene: &Scene, product: &str) -> Vec<WaitlistEntry> {
    let request = ListWaitlistEntriesRequest {
        parent: scene.entitlement_name(product),
        ..ListWaitlistEntriesRequest::default()
    };
    list(scene, request).await.unwrap().waitlist_entries
}

async fn prioritize(
    scene: &Scene,
    user: &str,
    priority: i32,
    etag: &str,
) -> Result<UpdateWaitlistEntryResponse, Status> {
    let request = UpdateWaitlistEntryRequest {
        waitlist_entry: Some(WaitlistEntry {
            name: entry_name(scene, "suite", user),
            priority,
            etag: etag.to_owned(),
            ..WaitlistEntry::default()
        }),
        ..UpdateWaitlistEntryRequest::default()
    };
    let answer = scene
        .connection
        .waitlist()
        .update_waitlist_entry(request)
        .await;
    answer.map(tonic::Response::into_inner)
}

/// Who waits, each with the position.
fn told_of(entries: &[WaitlistEntry]) -> Vec<(&str, i64)> {
    entries
        .iter()
        .map(|entry| (entry.user.rsplit('/').next().unwrap(), entry.position))
        .collect()
}

on_each_database! {
    a_renewal_serves_who_waits,
    who_finds_no_seat_is_told_to_wait_and_served_in_order,
    a_swap_that_waits_revokes_nothing_before,
    the_queue_is_reordered_by_priority_and_left,
    an_outdated_etag_moves_nobody,
    a_priority_out_of_bounds_is_refused,
    queues_are_listed_page_by_page,
    a_list_of_no_entitlement_is_refused,
    a_dry_run_tells_who_would_wait,
    all_or_nothing_cannot_wait,
    the_command_line_lists_orders_and_leaves,
    seats_bought_just_before_a_crash_are_given_after_it,
}
