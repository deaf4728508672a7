use std::collections::BTreeSet;

use seatkeeper_domain::{BatchKey, Effect, JournalEntry, UserId};

use super::stored_state::StoredState;
use crate::ledger::{Operation, Response, SentRequest, Streamed};

/// The journal contains every acknowledged operation, no rejected one, and none twice.
pub(super) fn check(stored: &StoredState, operations: &[Operation], wrong: &mut Vec<String>) {
    for operation in operations {
        let entries = stored.journal.iter();
        let own: Vec<_> = entries
            .filter(|entry| entry.principal.as_str() == operation.principal)
            .collect();
        let mut complain = |what: &str| wrong.push(format!("{}: {what}", operation.principal));
        let times = times_done(stored, operation, &own);
        match &operation.response {
            Response::Refused if times != 0 => complain("was rejected, but the journal has it"),
            _ if times > 1 => complain("is in the journal more than once"),
            Response::Done if times != 1 && !may_leave_no_trace(operation) => {
                complain("was acknowledged, but the journal lacks it");
            }
            Response::Entry(Some(sequence))
                // Its purchases were journaled before it.
                if !operation.may_wait()
                    && own.last().map(|entry| entry.sequence) != Some(*sequence) =>
            {
                complain("its journal entry is not the returned one");
            }
            Response::Entry(None) if times != 0 => complain("was unchanged, but is journaled"),
            Response::Batch(id) => match stored.batches.iter().find(|batch| batch.id == *id) {
                None => complain("its batch does not exist"),
                Some(batch) => check_users(stored, operation, batch.key, &mut complain),
            },
            _ => {}
        }
    }
}

/// Number of times that the journal has the operation.
fn times_done(stored: &StoredState, operation: &Operation, own: &[&JournalEntry]) -> usize {
    let count =
        |wanted: fn(&Effect) -> bool| own.iter().filter(|entry| wanted(&entry.effect)).count();
    match &operation.request {
        SentRequest::Batch(..) | SentRequest::Stream(..) => {
            count(|effect| matches!(effect, Effect::BatchAccepted { .. }))
        }
        SentRequest::Update(_) => {
            let times = count(
                |effect| matches!(effect, Effect::LicensesChanged(changes) if changes.span.is_none()),
            );
            // Waitlisted users were served in a later entry.
            if operation.may_wait() {
                times.min(1)
            } else {
                times
            }
        }
        SentRequest::Buy(_) => count(|effect| matches!(effect, Effect::PurchaseChanged { .. })),
        SentRequest::Reduce(reduce) => {
            usize::try_from(given_back(stored, own) / reduce.seats).unwrap()
        }
        SentRequest::User => count(|effect| matches!(effect, Effect::UsersChanged { .. })),
        SentRequest::Cancel => count(|effect| matches!(effect, Effect::BatchCancelled { .. })),
    }
}

/// Whether success may leave no entry: the user already had these fields, or the batch was already
/// cancelled.
fn may_leave_no_trace(operation: &Operation) -> bool {
    matches!(operation.request, SentRequest::User | SentRequest::Cancel)
}

/// Seats that these entries removed from purchases.
fn given_back(stored: &StoredState, own: &[&JournalEntry]) -> i64 {
    let seats = |entry: &JournalEntry| match &entry.effect {
        Effect::PurchaseChanged { product, purchase } => {
            let earlier = stored
                .journal
                .iter()
                .rev()
                .find_map(|before| match &before.effect {
                    Effect::PurchaseChanged {
                        product: same,
                        purchase: earlier,
                    } if before.sequence < entry.sequence
                        && same == product
                        && earlier.id == purchase.id =>
                    {
                        Some(earlier.seats)
                    }
                    _ => None,
                });
            earlier.unwrap_or_default() - purchase.seats
        }
        _ => 0,
    };
    own.iter().map(|entry| seats(entry)).sum()
}

/// A batch has the users of its request, in the caller's order.
fn check_users(
    stored: &StoredState,
    operation: &Operation,
    batch: BatchKey,
    complain: &mut impl FnMut(&str),
) {
    let results = stored.results(batch);
    let received: Vec<_> = results
        .iter()
        .map(|result| (result.user.clone(), result.index))
        .collect();
    match &operation.request {
        SentRequest::Batch(_, seatkeeper_engine::Selector::Users(users))
            if received != first_mentions(users) =>
        {
            complain("its batch has other users than its request");
        }
        SentRequest::Stream(_, streamed) => {
            let batch = stored.batches.iter().find(|found| found.key == batch);
            let whole = batch
                .is_some_and(|batch| !batch.cancel_requested && !batch.user_stream_interrupted);
            check_streamed(streamed, &received, whole, complain);
        }
        _ => {}
    }
}

fn check_streamed(
    streamed: &Streamed,
    received: &[(UserId, Option<i64>)],
    whole: bool,
    complain: &mut impl FnMut(&str),
) {
    let sent = first_mentions(&streamed.sent);
    if !sent.starts_with(received) {
        complain("its batch has other users than those streamed in");
    }
    let known = first_mentions(&streamed.sent[..streamed.acknowledged]).len();
    if whole && received.len() < known {
        complain("its batch lacks acknowledged users");
    }
    if whole && streamed.ended && received.len() != sent.len() {
        complain("its user stream was finished, but its batch lacks users");
    }
}

fn first_mentions(users: &[UserId]) -> Vec<(UserId, Option<i64>)> {
    let mut seen = BTreeSet::new();
    let indexed = users.iter().zip(0..);
    indexed
        .filter(|(user, _)| seen.insert(*user))
        .map(|(user, index)| (user.clone(), Some(index)))
        .collect()
}
