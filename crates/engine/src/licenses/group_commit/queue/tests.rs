use seatkeeper_domain::{
    BatchMode, ChangeRequest, CustomerId, Principal, RequestId, ShortagePolicy, UserId,
};

use super::*;
use crate::licenses::UpdateUserLicenses;

/// An update without the fields that the queue ignores.
fn update(user: &str) -> UpdateUserLicenses {
    UpdateUserLicenses {
        customer: CustomerId::parse("contoso").unwrap(),
        user: UserId::parse(user).unwrap(),
        change: ChangeRequest {
            assign: Vec::new(),
            revoke: Vec::new(),
        },
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        revision: None,
        report_licenses: false,
        request_id: None,
        validate_only: false,
        principal: Principal::local(),
    }
}

fn under(request_id: &str, user: &str) -> UpdateUserLicenses {
    UpdateUserLicenses {
        request_id: Some(RequestId::parse(request_id).unwrap()),
        ..update(user)
    }
}

fn short(shortage: ShortagePolicy, user: &str) -> UpdateUserLicenses {
    UpdateUserLicenses {
        shortage,
        ..update(user)
    }
}

/// The groups taken from the queue, at most `count` calls each, as the names of the users.
async fn groups(updates: Vec<UpdateUserLicenses>, count: usize) -> Vec<String> {
    let queue = Queue::new(100);
    let mut answers = Vec::new();
    for update in updates {
        let (call, answer) = Call::new(update, queue.room().await);
        queue.push(call);
        answers.push(answer);
    }
    let mut groups = Vec::new();
    while queue.continue_or_release() {
        let group = queue.take_group(count);
        let users = group.iter().map(|call| call.update.user.as_str());
        groups.push(users.collect::<Vec<_>>().join(" "));
    }
    groups
}

#[tokio::test]
async fn groups_have_so_many_calls_at_most() {
    let updates = ["a", "b", "c", "d", "e"].map(update);
    assert_eq!(groups(updates.into(), 2).await, ["a b", "c d", "e"]);
}

#[tokio::test]
async fn the_same_user_is_not_in_a_group_twice() {
    let updates = ["a", "b", "a", "c", "a"].map(update);
    assert_eq!(groups(updates.into(), 9).await, ["a b", "a c", "a"]);
}

#[tokio::test]
async fn a_request_id_is_not_in_a_group_twice() {
    let updates = vec![under("one", "a"), under("two", "b"), under("one", "c")];
    assert_eq!(groups(updates, 9).await, ["a b", "c"]);
}

#[tokio::test]
async fn a_call_that_may_wait_or_buy_is_exclusive() {
    for shortage in [ShortagePolicy::Waitlist, ShortagePolicy::BuyMore] {
        let updates = vec![update("a"), update("b"), short(shortage, "c"), update("d")];
        assert_eq!(groups(updates, 9).await, ["a b", "c", "d"]);
    }
}

#[tokio::test]
async fn a_cancelled_call_is_left_out() {
    let queue = Queue::new(100);
    let (call, answer) = Call::new(update("a"), queue.room().await);
    queue.push(call);
    let (call, _waits) = Call::new(update("b"), queue.room().await);
    queue.push(call);
    drop(answer);
    let group = queue.take_group(9);
    assert_eq!(group.len(), 1);
    assert_eq!(group[0].update.user.as_str(), "b");
}

#[tokio::test]
async fn a_call_put_back_is_first_again() {
    let queue = Queue::new(100);
    let mut answers = Vec::new();
    for user in ["a", "b", "c", "d"] {
        let (call, answer) = Call::new(update(user), queue.room().await);
        queue.push(call);
        answers.push(answer);
    }
    let mut group = queue.take_group(3);
    queue.put_back(group.split_off(1));
    let group = queue.take_group(9);
    let users: Vec<_> = group.iter().map(|call| call.update.user.as_str()).collect();
    assert_eq!(users, ["b", "c", "d"]);
}

#[tokio::test]
async fn a_call_that_joins_an_idle_queue_starts_a_leader_until_the_queue_is_empty() {
    let queue = Queue::new(100);
    let mut answers = Vec::new();
    for leads in [true, false] {
        let (call, answer) = Call::new(update("a"), queue.room().await);
        assert_eq!(queue.push(call), leads);
        answers.push(answer);
    }
    assert!(queue.continue_or_release());
    queue.take(2);
    assert!(!queue.continue_or_release());
    let (call, _answer) = Call::new(update("a"), queue.room().await);
    assert!(queue.push(call));
}

#[tokio::test]
async fn a_leader_that_can_not_continue_leaves_an_idle_and_empty_queue() {
    let queue = Queue::new(100);
    let mut answers = Vec::new();
    for user in ["a", "b"] {
        let (call, answer) = Call::new(update(user), queue.room().await);
        queue.push(call);
        answers.push(answer);
    }
    assert_eq!(queue.abandon().len(), 2);
    assert_eq!(queue.len(), 0);
    let (call, _answer) = Call::new(update("c"), queue.room().await);
    assert!(queue.push(call));
}

#[tokio::test]
async fn a_full_queue_lets_the_next_in_when_a_call_is_done() {
    let queue = Queue::new(1);
    let (call, answer) = Call::new(update("a"), queue.room().await);
    queue.push(call);
    let room = queue.room();
    tokio::pin!(room);
    assert!(futures::poll!(room.as_mut()).is_pending());
    super::super::call::refuse(queue.take(1), &crate::EngineError::TaskLost);
    assert!(futures::poll!(room.as_mut()).is_ready());
    assert!(answer.await.unwrap().is_err());
}
