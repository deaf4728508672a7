//! Tests of the checker itself: it accepts correct histories and rejects incorrect ones.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::history::{Event, out_of_order};
use crate::model::{Answer, Call, Change, Customer, Outcome};
use crate::search::order;

const SUITE: usize = 0;

fn one_seat() -> Customer {
    Customer {
        seats: [1, 1],
        ..Customer::default()
    }
}

/// A call with its start and end in milliseconds, and its response.
fn event(call: Call, begun: u64, ended: u64, answer: Answer) -> Event {
    Event {
        call,
        begun: Duration::from_millis(begun),
        ended: Some(Duration::from_millis(ended)),
        answer: Some(answer),
        entry: None,
    }
}

fn lost(call: Call, begun: u64) -> Event {
    Event {
        ended: None,
        answer: None,
        ..event(call, begun, begun, Answer::Done)
    }
}

fn at(entry: i64, event: Event) -> Event {
    Event {
        entry: Some(entry),
        ..event
    }
}

fn assign() -> Change {
    Change {
        assign: Some(SUITE),
        revoke: None,
    }
}

fn revoke() -> Change {
    Change {
        assign: None,
        revoke: Some(SUITE),
    }
}

fn answered(outcome: Outcome) -> Answer {
    Answer::Outcomes(vec![vec![outcome]])
}

fn held(users: &[u8]) -> Answer {
    Answer::Licenses(
        users
            .iter()
            .map(|user| (*user, SUITE))
            .collect::<BTreeSet<_>>(),
    )
}

fn is_accepted(history: &[Event]) -> bool {
    out_of_order(history).is_none() && order(history, &one_seat()).is_ok()
}

#[test]
fn calls_at_the_same_time_may_have_come_in_either_order() {
    for (first, second) in [
        (Outcome::Assigned, Outcome::Failed),
        (Outcome::Failed, Outcome::Assigned),
    ] {
        assert!(is_accepted(&[
            event(Call::Update(1, assign()), 0, 10, answered(first)),
            event(Call::Update(2, assign()), 0, 10, answered(second)),
        ]));
    }
}

#[test]
fn a_seat_given_out_twice_is_refused() {
    assert!(!is_accepted(&[
        event(
            Call::Update(1, assign()),
            0,
            10,
            answered(Outcome::Assigned)
        ),
        event(
            Call::Update(2, assign()),
            0,
            10,
            answered(Outcome::Assigned)
        ),
    ]));
}

#[test]
fn a_seat_refused_while_it_was_free_is_refused() {
    assert!(!is_accepted(&[
        event(Call::Update(1, assign()), 0, 10, answered(Outcome::Failed)),
        event(
            Call::Update(2, assign()),
            20,
            30,
            answered(Outcome::Assigned)
        ),
    ]));
}

#[test]
fn a_read_of_what_was_is_refused() {
    let assigned = event(
        Call::Update(1, assign()),
        0,
        10,
        answered(Outcome::Assigned),
    );
    assert!(is_accepted(&[
        assigned.clone(),
        event(Call::ReadLicenses, 5, 15, held(&[]))
    ]));
    assert!(!is_accepted(&[
        assigned,
        event(Call::ReadLicenses, 11, 15, held(&[]))
    ]));
}

#[test]
fn reads_that_go_back_in_time_are_refused() {
    assert!(!is_accepted(&[
        event(
            Call::Update(1, assign()),
            0,
            100,
            answered(Outcome::Assigned)
        ),
        event(Call::ReadLicenses, 10, 20, held(&[1])),
        event(Call::ReadLicenses, 30, 40, held(&[])),
    ]));
}

#[test]
fn a_lost_update_is_refused() {
    assert!(!is_accepted(&[
        event(
            Call::Update(1, assign()),
            0,
            10,
            answered(Outcome::Assigned)
        ),
        event(
            Call::Update(1, assign()),
            20,
            30,
            answered(Outcome::Assigned)
        ),
    ]));
}

#[test]
fn a_chunk_that_is_seen_half_done_is_refused() {
    let both = vec![vec![Outcome::Assigned], vec![Outcome::Assigned]];
    let buy = event(Call::Buy(SUITE, 1), 0, 5, Answer::Done);
    let batch = event(
        Call::Batch(vec![1, 2], assign()),
        10,
        90,
        Answer::Outcomes(both),
    );
    for (seen, accepted) in [(&[][..], true), (&[1], false), (&[1, 2], true)] {
        let read = event(Call::ReadLicenses, 20, 30, held(seen));
        assert_eq!(
            is_accepted(&[buy.clone(), batch.clone(), read]),
            accepted,
            "{seen:?}"
        );
    }
}

#[test]
fn a_counter_that_disagrees_with_the_licenses_is_refused() {
    let seats = |assigned| Answer::Seats {
        purchased: 1,
        assigned,
    };
    let assigned = event(
        Call::Update(1, assign()),
        0,
        10,
        answered(Outcome::Assigned),
    );
    assert!(is_accepted(&[
        assigned.clone(),
        event(Call::ReadSeats(SUITE), 20, 30, seats(1))
    ]));
    assert!(!is_accepted(&[
        assigned,
        event(Call::ReadSeats(SUITE), 20, 30, seats(0))
    ]));
}

#[test]
fn an_unanswered_call_may_or_may_not_have_taken_effect() {
    for seen in [&[][..], &[1]] {
        assert!(is_accepted(&[
            lost(Call::Update(1, assign()), 0),
            event(Call::ReadLicenses, 10, 20, held(seen)),
        ]));
    }
}

#[test]
fn an_unanswered_call_takes_effect_only_after_it_was_made() {
    assert!(!is_accepted(&[
        event(Call::ReadLicenses, 10, 20, held(&[1])),
        lost(Call::Update(1, assign()), 30),
    ]));
}

#[test]
fn a_journal_that_contradicts_time_is_refused() {
    let assigned = event(
        Call::Update(1, assign()),
        0,
        10,
        answered(Outcome::Assigned),
    );
    let revoked = event(
        Call::Update(1, revoke()),
        20,
        30,
        answered(Outcome::Revoked),
    );
    assert!(is_accepted(&[
        at(5, assigned.clone()),
        at(6, revoked.clone())
    ]));
    assert!(!is_accepted(&[at(6, assigned), at(5, revoked)]));
}

#[test]
fn answers_that_contradict_the_order_of_the_journal_are_refused() {
    let assigned = event(
        Call::Update(1, assign()),
        0,
        50,
        answered(Outcome::Assigned),
    );
    let revoked = event(Call::Update(1, revoke()), 0, 50, answered(Outcome::Revoked));
    assert!(is_accepted(&[
        at(5, assigned.clone()),
        at(6, revoked.clone())
    ]));
    assert!(!is_accepted(&[at(6, assigned), at(5, revoked)]));
}
