//! Mutants of the store that servers see: each must be found within a number of seeds. The
//! thousands of seeds without a mutant show that the checks report no false failures. Mutants of
//! the engine itself are patches, in `tests/mutants`.

use std::panic::catch_unwind;

use crate::run::run_mutant;

/// A bug of the store, or one of the engine that looks to the store's callers like one of the
/// store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A commit returns while it still happens.
    AnswerBeforeCommit,
    /// A commit with an unknown outcome looks like a conflict, so that it is executed again.
    UnknownCommitRepeated,
    /// Request ids are not recorded.
    LostRequestId,
    /// The cursor of a batch does not move.
    CursorNotMoved,
    /// The seats reserved for a batch are not released.
    LeakedReservation,
    /// No server finds the batches of a dead server.
    MissedRecovery,
    /// Leases look expired.
    LeaseIgnored,
    /// No queue looks due when seats are freed.
    WaitlistNotServed,
    /// A worker sees no request to cancel.
    IgnoredCancel,
    /// A worker sees no users after the cursor of a cancelled batch.
    MissingCancelledResults,
    /// The end of an interrupted user stream is not stored.
    UserStreamLeftOpen,
}

/// The most seeds until a mutant must be found.
const SEEDS_MAX: u64 = 400;

/// Runs seeds with a mutant until one fails; returns the seed and the failure.
fn find(mutant: Mutant) -> Option<(u64, String)> {
    (1..=SEEDS_MAX).find_map(|seed| {
        let failures = match catch_unwind(|| run_mutant(seed, mutant)) {
            Ok(report) => report.failures,
            Err(_) => vec!["it panicked".to_owned()],
        };
        Some((seed, failures.into_iter().next()?))
    })
}

/// A test for each mutant.
macro_rules! each_is_found {
    ($($name:ident: $mutant:ident,)+) => {
        $(#[test]
        fn $name() {
            let (seed, failure) = find(Mutant::$mutant).expect("no seed finds the mutant");
            println!("{:?}: seed {seed}: {failure}", Mutant::$mutant);
        })+
    };
}

each_is_found! {
    answer_before_commit: AnswerBeforeCommit,
    unknown_commit_repeated: UnknownCommitRepeated,
    lost_request_id: LostRequestId,
    cursor_not_moved: CursorNotMoved,
    leaked_reservation: LeakedReservation,
    missed_recovery: MissedRecovery,
    lease_ignored: LeaseIgnored,
    waitlist_not_served: WaitlistNotServed,
    ignored_cancel: IgnoredCancel,
    missing_cancelled_results: MissingCancelledResults,
    user_stream_left_open: UserStreamLeftOpen,
}
