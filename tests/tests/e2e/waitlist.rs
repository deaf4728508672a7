use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{
    BatchMode, BatchUpdateLicensesRequest, Change, DeleteWaitlistEntryRequest, ErrorReason,
    ListWaitlistEntriesRequest, ListWaitlistEntriesResponse, Outcome, ShortagePolicy,
    UpdateWaitlistEntryRequest, UpdateWaitlistEntryResponse, UserSelector, WaitlistEntry,
};
use seatkeeper_tests::{
    CommandLine, DAY, Fixture, OwnServer, assign, everyone, listed, on_each_database, refused,
    revoke, swap,
};
use serde_json::json;
use tonic::{Code, Status};

const TIMEOUT: Duration = Duration::from_mins(1);

async fn users_without_a_seat_are_waitlisted_and_fulfilled_in_order(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 1).await;
    let transcript = fixture
        .run(waiting(&fixture, assign(&["suite"]), everyone()))
        .await;
    let expected = [Outcome::Assigned, Outcome::Waitlisted, Outcome::Waitlisted];
    assert_eq!(transcript.outcome_of_each(), expected);
    let entries = queue(&fixture, "suite").await;
    assert_eq!(positions_of(&entries), [("u2", 1), ("u3", 2)]);
    assert_eq!(entries[0].batch, transcript.batch());
    let seats = fixture.entitlement("suite").await;
    assert_eq!((seats.waitlisted_count, seats.assigned_count), (2, 1));
    fixture.buy("suite", 1).await;
    assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
    fixture
        .change(revoke(&["suite"]), listed(fixture.users(&["u1"])))
        .await;
    assert_eq!(fixture.holdings().await, ["u2:suite", "u3:suite"]);
    assert_eq!(fixture.entitlement("suite").await.waitlisted_count, 0);
}

async fn a_renewal_serves_who_waits(fixture: Fixture) {
    fixture.add_users(1).await;
    fixture.buy_for("suite", "old", 1, Some(-40 * DAY)).await;
    fixture
        .run(waiting(&fixture, assign(&["suite"]), everyone()))
        .await;
    assert_eq!(positions_of(&queue(&fixture, "suite").await), [("u1", 1)]);
    fixture.renew("suite", "old", None).await;
    assert_eq!(fixture.holdings().await, ["u1:suite"]);
}

async fn a_swap_that_waits_revokes_nothing_before(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 1).await;
    fixture.buy("lite", 1).await;
    fixture
        .change(assign(&["suite"]), listed(fixture.users(&["u1"])))
        .await;
    fixture
        .change(assign(&["lite"]), listed(fixture.users(&["u2"])))
        .await;
    let request = waiting(
        &fixture,
        swap(&["lite"], &["suite"]),
        listed(fixture.users(&["u2"])),
    );
    fixture.run(request).await;
    assert_eq!(fixture.holdings().await, ["u1:suite", "u2:lite"]);
    fixture.buy("suite", 1).await;
    assert_eq!(fixture.holdings().await, ["u1:suite", "u2:suite"]);
}

async fn the_queue_is_reordered_by_priority_and_left(fixture: Fixture) {
    fixture.add_users(4).await;
    fixture.buy("suite", 1).await;
    fixture
        .run(waiting(&fixture, assign(&["suite"]), everyone()))
        .await;
    let moved = prioritize(&fixture, "u4", 5, "").await.unwrap();
    let moved = moved.waitlist_entry.unwrap();
    assert_eq!((moved.position, moved.priority), (1, 5));
    let leave = DeleteWaitlistEntryRequest {
        name: entry_name(&fixture, "suite", "u2"),
        ..DeleteWaitlistEntryRequest::default()
    };
    let mut service = fixture.connection.waitlist();
    service.delete_waitlist_entry(leave.clone()).await.unwrap();
    assert_eq!(
        positions_of(&queue(&fixture, "suite").await),
        [("u4", 1), ("u3", 2)]
    );
    refused(service.delete_waitlist_entry(leave).await)
        .is(Code::NotFound, ErrorReason::WaitlistEntryNotFound)
        .with("name", &entry_name(&fixture, "suite", "u2"));
    fixture.buy("suite", 1).await;
    assert_eq!(fixture.holdings().await, ["u1:suite", "u4:suite"]);
}

async fn an_outdated_etag_moves_no_user(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 1).await;
    fixture
        .run(waiting(&fixture, assign(&["suite"]), everyone()))
        .await;
    let etag = queue(&fixture, "suite").await.remove(0).etag;
    prioritize(&fixture, "u2", 1, &etag).await.unwrap();
    refused(prioritize(&fixture, "u2", 2, &etag).await)
        .is(Code::Aborted, ErrorReason::EtagMismatch);
    assert_eq!(queue(&fixture, "suite").await[0].priority, 1);
}

async fn a_priority_out_of_bounds_is_refused(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 1).await;
    fixture
        .run(waiting(&fixture, assign(&["suite"]), everyone()))
        .await;
    refused(prioritize(&fixture, "u2", -1_001, "").await)
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("waitlist_entry.priority");
}

async fn queues_are_listed_page_by_page(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 1).await;
    fixture.buy("addon", 1).await;
    let request = waiting(&fixture, assign(&["suite", "addon"]), everyone());
    fixture.run(request).await;
    let mut request = ListWaitlistEntriesRequest {
        parent: fixture.entitlement_name("-"),
        page_size: 3,
        ..ListWaitlistEntriesRequest::default()
    };
    let first = list(&fixture, request.clone()).await.unwrap();
    assert_eq!(first.total_size, 4);
    request.page_token = first.next_page_token;
    let second = list(&fixture, request.clone()).await.unwrap();
    assert_eq!(second.next_page_token, "");
    let all = [first.waitlist_entries, second.waitlist_entries].concat();
    assert_eq!(
        positions_of(&all),
        [("u2", 1), ("u3", 2), ("u2", 1), ("u3", 2)]
    );
    request.user = fixture.user("u3");
    refused(list(&fixture, request.clone()).await)
        .is(Code::InvalidArgument, ErrorReason::PageTokenMismatch);
    request.page_token.clear();
    let of_one = list(&fixture, request).await.unwrap();
    assert_eq!(
        positions_of(&of_one.waitlist_entries),
        [("u3", 2), ("u3", 2)]
    );
    assert_eq!(of_one.total_size, 2);
}

async fn a_list_of_no_entitlement_is_refused(fixture: Fixture) {
    let request = ListWaitlistEntriesRequest {
        parent: fixture.entitlement_name("suite"),
        ..ListWaitlistEntriesRequest::default()
    };
    refused(list(&fixture, request).await).is(Code::NotFound, ErrorReason::EntitlementNotFound);
}

async fn a_dry_run_reports_waitlisted_users(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 1).await;
    let request = BatchUpdateLicensesRequest {
        validate_only: true,
        ..waiting(&fixture, assign(&["suite"]), everyone())
    };
    let transcript = fixture.run(request).await;
    assert_eq!(
        transcript.outcome_of_each(),
        [Outcome::Assigned, Outcome::Waitlisted]
    );
    assert!(queue(&fixture, "suite").await.is_empty());
}

async fn all_or_nothing_cannot_wait(fixture: Fixture) {
    fixture.add_users(1).await;
    let request = BatchUpdateLicensesRequest {
        mode: BatchMode::AllOrNothing.into(),
        ..waiting(&fixture, assign(&["suite"]), everyone())
    };
    fixture
        .refusal(request)
        .await
        .is(Code::InvalidArgument, ErrorReason::InvalidField)
        .at("shortage_policy");
}

async fn the_command_line_lists_orders_and_leaves(fixture: Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 1).await;
    let line = CommandLine::of(&fixture);
    let of = ["--customer", fixture.customer_id(), "--product", "suite"];
    let words = [&["assign", "--all", "--shortage", "waitlist"], &of[..]].concat();
    assert_eq!(line.run(&words).await.code, 0);
    let u3 = [&of[..], &["--user", "u3"]].concat();
    let words = [&["waitlist", "prioritize", "--priority", "10"], &u3[..]].concat();
    line.objects(&words).await;
    let listing = [&["waitlist", "list"], &of[..]].concat();
    let listed = line.objects(&listing).await;
    assert_eq!(listed[0]["user"], json!(fixture.user("u3")), "{listed:?}");
    let words = [&["waitlist", "leave"], &u3[..]].concat();
    line.objects(&words).await;
    let listed = line.objects(&listing).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["user"], json!(fixture.user("u2")));
}

async fn seats_bought_just_before_a_crash_are_given_after_it(mut own: OwnServer) {
    // More than one transaction serves, so that some are left when the server dies.
    let users = 12_000;
    own.fixture.add_users(users).await;
    own.fixture.buy("suite", 1).await;
    own.fixture
        .run(waiting(&own.fixture, assign(&["suite"]), everyone()))
        .await;
    let seats = i64::try_from(users).unwrap();
    own.fixture.buy("suite", seats - 1).await;
    own.server.kill();
    own.start_again().await;
    let deadline = Instant::now() + TIMEOUT;
    while own.fixture.entitlement("suite").await.waitlisted_count > 0 {
        assert!(Instant::now() < deadline, "the queue is not served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let entitlement = own.fixture.entitlement("suite").await;
    assert_eq!(
        (entitlement.assigned_count, entitlement.available_count),
        (seats, 0)
    );
    assert_eq!(own.fixture.holdings().await.len(), users);
}

/// A batch whose users wait where there is no seat.
fn waiting(fixture: &Fixture, change: Change, users: UserSelector) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..fixture.request(change, users)
    }
}

fn entry_name(fixture: &Fixture, product: &str, user: &str) -> String {
    format!(
        "{}/waitlistEntries/{user}",
        fixture.entitlement_name(product)
    )
}

async fn list(
    fixture: &Fixture,
    request: ListWaitlistEntriesRequest,
) -> Result<ListWaitlistEntriesResponse, Status> {
    let answer = fixture
        .connection
        .waitlist()
        .list_waitlist_entries(request)
        .await;
    answer.map(tonic::Response::into_inner)
}

async fn queue(fixture: &Fixture, product: &str) -> Vec<WaitlistEntry> {
    let request = ListWaitlistEntriesRequest {
        parent: fixture.entitlement_name(product),
        ..ListWaitlistEntriesRequest::default()
    };
    list(fixture, request).await.unwrap().waitlist_entries
}

async fn prioritize(
    fixture: &Fixture,
    user: &str,
    priority: i32,
    etag: &str,
) -> Result<UpdateWaitlistEntryResponse, Status> {
    let request = UpdateWaitlistEntryRequest {
        waitlist_entry: Some(WaitlistEntry {
            name: entry_name(fixture, "suite", user),
            priority,
            etag: etag.to_owned(),
            ..WaitlistEntry::default()
        }),
        ..UpdateWaitlistEntryRequest::default()
    };
    let answer = fixture
        .connection
        .waitlist()
        .update_waitlist_entry(request)
        .await;
    answer.map(tonic::Response::into_inner)
}

/// Who waits, each with the position.
fn positions_of(entries: &[WaitlistEntry]) -> Vec<(&str, i64)> {
    entries
        .iter()
        .map(|entry| (entry.user.rsplit('/').next().unwrap(), entry.position))
        .collect()
}

on_each_database! {
    a_renewal_serves_who_waits,
    users_without_a_seat_are_waitlisted_and_fulfilled_in_order,
    a_swap_that_waits_revokes_nothing_before,
    the_queue_is_reordered_by_priority_and_left,
    an_outdated_etag_moves_no_user,
    a_priority_out_of_bounds_is_refused,
    queues_are_listed_page_by_page,
    a_list_of_no_entitlement_is_refused,
    a_dry_run_reports_waitlisted_users,
    all_or_nothing_cannot_wait,
    the_command_line_lists_orders_and_leaves,
    seats_bought_just_before_a_crash_are_given_after_it,
}
