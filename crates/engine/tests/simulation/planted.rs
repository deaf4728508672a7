//! Bugs that are planted: each is found within some seeds, and none is found where there is none,
//! as the thousands of seeds without them show.

use std::panic::catch_unwind;

use seatkeeper_fault::{Bug, plant_here};

use crate::run::run;

/// Plants a bug and runs seeds until one fails; which one, and how.
fn find(bug: Bug, seeds: u64) -> Option<(u64, String)> {
    plant_here(Some(bug));
    let found = (1..=seeds).find_map(|seed| {
        let failures = match catch_unwind(|| run(seed, false)) {
            Ok(report) => report.failures,
            Err(_) => vec!["it panicked".to_owned()],
        };
        Some((seed, failures.into_iter().next()?))
    });
    plant_here(None);
    found
}

/// A test for each bug: its name, and how many seeds it may take.
macro_rules! each_is_found {
    ($($name:ident: $bug:ident within $seeds:literal,)+) => {
        $(#[test]
        fn $name() {
            let found = find(Bug::$bug, $seeds);
            let (seed, failure) = found.expect("no seed finds it");
            println!("{}: seed {seed}: {failure}", Bug::$bug.name());
        })+
    };
}

each_is_found! {
    a_lost_fence: LostFence within 400,
    a_stream_resumed_one_too_far: ResumeOffByOne within 400,
    seats_kept_by_batches_that_ended: ReservationKept within 400,
    batches_left_lying: RecoveryForgets within 400,
    seats_sold_twice: UncheckedSeats within 400,
    an_answer_before_its_commit: AnswerBeforeCommit within 400,
    an_unknown_commit_repeated: UnknownCommitRepeated within 400,
    a_stale_read_ahead: StaleReadAhead within 400,
    duplicates_kept: DuplicatesKept within 400,
    a_request_forgotten: RequestForgotten within 400,
    a_cursor_that_was_not_moved: CursorNotMoved within 400,
    a_cancellation_forgotten: CancelForgotten within 400,
    a_rest_that_was_not_reported: RestUnreported within 400,
    an_accepted_batch_given_up: AcceptedGivenUp within 400,
    an_intake_left_open: IntakeLeftOpen within 400,
    a_lease_ignored: LeaseIgnored within 400,
    users_left_waiting: WaitersForgotten within 400,
    a_whole_done_in_part: WholeInPart within 400,
}
