//! Mutants: each must be found within a number of seeds. The thousands of seeds without a mutant
//! show that the checks report no false failures.

use std::panic::catch_unwind;

use seatkeeper_failpoints::{Mutant, enable_mutant_on_thread};

use crate::run::run;

/// Enables a mutant and runs seeds until one fails; returns the seed and the failure.
fn find(mutant: Mutant, seeds: u64) -> Option<(u64, String)> {
    enable_mutant_on_thread(Some(mutant));
    let found = (1..=seeds).find_map(|seed| {
        let failures = match catch_unwind(|| run(seed, false)) {
            Ok(report) => report.failures,
            Err(_) => vec!["it panicked".to_owned()],
        };
        Some((seed, failures.into_iter().next()?))
    });
    enable_mutant_on_thread(None);
    found
}

/// A test for each mutant: its name, and the number of seeds that must find it.
macro_rules! each_is_found {
    ($($name:ident: $mutant:ident within $seeds:literal,)+) => {
        $(#[test]
        fn $name() {
            let found = find(Mutant::$mutant, $seeds);
            let (seed, failure) = found.expect("no seed finds the mutant");
            println!("{}: seed {seed}: {failure}", Mutant::$mutant.name());
        })+
    };
}

each_is_found! {
    a_lost_fence: LostFence within 400,
    a_stream_resumed_one_too_far: ResumeOffByOne within 400,
    seats_kept_by_batches_that_ended: LeakedReservation within 400,
    batches_left_lying: MissedRecovery within 400,
    seats_sold_twice: UncheckedSeats within 400,
    an_answer_before_its_commit: AnswerBeforeCommit within 400,
    an_unknown_commit_repeated: UnknownCommitRepeated within 400,
    a_stale_prefetch: StalePrefetch within 400,
    duplicates_kept: DuplicatesKept within 400,
    a_request_not_recorded: LostRequestId within 400,
    a_cursor_that_was_not_moved: CursorNotMoved within 400,
    a_cancellation_forgotten: IgnoredCancel within 400,
    a_rest_that_was_not_reported: MissingCancelledResults within 400,
    an_accepted_batch_given_up: AcceptedBatchDeleted within 400,
    a_user_stream_left_open: UserStreamLeftOpen within 400,
    a_lease_ignored: LeaseIgnored within 400,
    users_left_waiting: WaitlistNotServed within 400,
    a_partial_all_or_nothing: PartialAllOrNothing within 400,
}
