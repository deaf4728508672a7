use std::collections::BTreeSet;

use seatkeeper_domain::{BatchKey, Effect, JournalEntry, UserId};

use super::books::Books;
use crate::ledger::{Asked, CameTo, Deed, Streamed};

/// Whatever was answered is in the journal, whatever was refused is not, and nothing is there
/// twice.
pub(super) fn check(books: &Books, deeds: &[Deed], wrong: &mut Vec<String>) {
    for deed in deeds {
        let entries = books.journal.iter();
        let own: Vec<_> = entries
            .filter(|entry| entry.actor.as_str() == deed.actor)
            .collect();
        let mut complain = |what: &str| wrong.push(format!("{}: {what}", deed.actor));
        let times = times_done(books, deed, &own);
        match &deed.came_to {
            CameTo::Refused if times != 0 => complain("was refused, and yet was done"),
            _ if times > 1 => complain("was done more than once"),
            CameTo::Done if times != 1 && !may_leave_no_trace(deed) => {
                complain("was answered, and was not done");
            }
            CameTo::Entry(Some(sequence))
                // What was bought for it was journaled before.
                if !deed.may_wait()
                    && own.last().map(|entry| entry.sequence) != Some(*sequence) =>
            {
                complain("its entry is not where it was told to be");
            }
            CameTo::Entry(None) if times != 0 => complain("was told that nothing changed"),
            CameTo::Batch(id) => match books.batches.iter().find(|batch| batch.id == *id) {
                None => complain("its batch is gone"),
                Some(batch) => check_users(books, deed, batch.key, &mut complain),
            },
            _ => {}
        }
    }
}

/// How often the journal says that it was done.
fn times_done(books: &Books, deed: &Deed, own: &[&JournalEntry]) -> usize {
    let count =
        |wanted: fn(&Effect) -> bool| own.iter().filter(|entry| wanted(&entry.effect)).count();
    match &deed.asked {
        Asked::Batch(..) | Asked::Stream(..) => {
            count(|effect| matches!(effect, Effect::BatchAccepted { .. }))
        }
        Asked::Update(_) => {
            let times = count(
                |effect| matches!(effect, Effect::LicensesChanged(changes) if changes.span.is_none()),
            );
            // Whoever waited was served in a later entry.
            if deed.may_wait() { times.min(1) } else { times }
        }
        Asked::Buy(_) => count(|effect| matches!(effect, Effect::PurchaseChanged { .. })),
        Asked::Reduce(reduce) => usize::try_from(given_back(books, own) / reduce.seats).unwrap(),
        Asked::User => count(|effect| matches!(effect, Effect::UsersChanged { .. })),
        Asked::Cancel => count(|effect| matches!(effect, Effect::BatchCancelled { .. })),
    }
}

/// Whether it can be done without an entry: the user was as asked, the batch was cancelled.
fn may_leave_no_trace(deed: &Deed) -> bool {
    matches!(deed.asked, Asked::User | Asked::Cancel)
}

/// Seats that these entries took away from purchases.
fn given_back(books: &Books, own: &[&JournalEntry]) -> i64 {
    let seats = |entry: &JournalEntry| match &entry.effect {
        Effect::PurchaseChanged { product, purchase } => {
            let earlier = books
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

/// A batch is for the users it was asked for, in the caller's order.
fn check_users(books: &Books, deed: &Deed, batch: BatchKey, complain: &mut impl FnMut(&str)) {
    let results = books.results(batch);
    let told: Vec<_> = results
        .iter()
        .map(|told| (told.user.clone(), told.index))
        .collect();
    match &deed.asked {
        Asked::Batch(_, seatkeeper_engine::Selector::Users(users))
            if told != first_mentions(users) =>
        {
            complain("its batch is not for the users it named");
        }
        Asked::Stream(_, streamed) => {
            let batch = books.batches.iter().find(|found| found.key == batch);
            let whole =
                batch.is_some_and(|batch| !batch.cancel_requested && !batch.intake_interrupted);
            check_streamed(streamed, &told, whole, complain);
        }
        _ => {}
    }
}

fn check_streamed(
    streamed: &Streamed,
    told: &[(UserId, Option<i64>)],
    whole: bool,
    complain: &mut impl FnMut(&str),
) {
    let sent = first_mentions(&streamed.sent);
    if !sent.starts_with(told) {
        complain("its batch is not for the users it sent, as far as they came");
    }
    let known = first_mentions(&streamed.sent[..streamed.acknowledged]).len();
    if whole && told.len() < known {
        complain("users that were acknowledged are missing from its batch");
    }
    if whole && streamed.ended && told.len() != sent.len() {
        complain("its stream of users was ended, and yet some are missing");
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
