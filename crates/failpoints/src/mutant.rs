crate::named! {
    /// A bug that tests can enable. `docs/mutants.md` names the tests that catch each mutant.
    Mutant {
        /// A worker writes a chunk without the lease of the batch.
        LostFence = "lost-fence",
        /// The store reports a commit before the commit happens.
        EarlyAnswer = "early-answer",
        /// The assigned seats are counted in a separate transaction, after the licenses.
        NonAtomicCounter = "non-atomic-counter",
        /// The progress of a batch is saved in a separate transaction, after the chunk.
        NonAtomicCursor = "non-atomic-cursor",
        /// A request id is recorded in a separate transaction, after the work.
        NonAtomicRequestId = "non-atomic-request-id",
        /// A resumed stream skips the first result after its resume point.
        ResumeOffByOne = "resume-off-by-one",
        /// A batch that ends keeps its seat reservations.
        LeakedReservation = "leaked-reservation",
        /// Recovery does not claim batches without a worker.
        MissedRecovery = "missed-recovery",
        /// A journal entry of a purchase uses two sequence numbers.
        JournalGap = "journal-gap",
        /// Seats are assigned even if none are available.
        UncheckedSeats = "unchecked-seats",
        /// The engine returns while its transaction still commits.
        AnswerBeforeCommit = "answer-before-commit",
        /// A transaction whose commit had an unknown outcome is retried.
        UnknownCommitRepeated = "unknown-commit-repeated",
        /// Prefetched users are used even if another transaction has changed them since.
        StalePrefetch = "stale-prefetch",
        /// Duplicate users are not removed.
        DuplicatesKept = "duplicates-kept",
        /// Request ids are not recorded.
        LostRequestId = "lost-request-id",
        /// A chunk is written, but the cursor of its batch does not advance.
        CursorNotMoved = "cursor-not-moved",
        /// A cancelled batch continues.
        IgnoredCancel = "ignored-cancel",
        /// A cancelled batch ends without results for the remaining users.
        MissingCancelledResults = "missing-cancelled-results",
        /// A batch that may have been accepted is deleted.
        AcceptedBatchDeleted = "accepted-batch-deleted",
        /// A batch is not notified that the caller of its user stream has disconnected.
        UserStreamLeftOpen = "user-stream-left-open",
        /// A batch is claimed although its lease has not expired.
        LeaseIgnored = "lease-ignored",
        /// An all-or-nothing batch is applied to the users who do not fail.
        PartialAllOrNothing = "partial-all-or-nothing",
        /// Freed seats are not allocated to waitlisted users.
        WaitlistNotServed = "waitlist-not-served",
        /// Old journal entries are deleted without adding their license changes to the checkpoint.
        EntriesNotCheckpointed = "entries-not-checkpointed",
        /// A transaction whose caller disconnected at its start stays open in the pool.
        LeakedTransaction = "leaked-transaction",
    }
}

#[cfg(all(feature = "mutants", debug_assertions))]
mod switch {
    use std::cell::Cell;
    use std::sync::Once;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Mutant;

    const NONE: usize = usize::MAX;
    static ENABLED: AtomicUsize = AtomicUsize::new(NONE);
    thread_local! {
        static ENABLED_HERE: Cell<usize> = const { Cell::new(NONE) };
    }

    /// Whether this mutant is enabled.
    #[must_use]
    pub fn mutant_enabled(mutant: Mutant) -> bool {
        static READ: Once = Once::new();
        READ.call_once(|| {
            if let Some(mutant) = from_environment() {
                ENABLED.store(mutant as usize, Ordering::Relaxed);
            }
        });
        let mutant = mutant as usize;
        ENABLED.load(Ordering::Relaxed) == mutant || ENABLED_HERE.get() == mutant
    }

    /// Enables a mutant on this thread, in place of any other; `None` disables it.
    pub fn enable_mutant_on_thread(mutant: Option<Mutant>) {
        ENABLED_HERE.set(mutant.map_or(NONE, |mutant| mutant as usize));
    }

    /// Enables a mutant in this process, in place of any other; `None` disables it.
    pub fn enable_mutant(mutant: Option<Mutant>) {
        // Reads the environment first, so that it does not override this call later.
        let _before = mutant_enabled(Mutant::LostFence);
        ENABLED.store(
            mutant.map_or(NONE, |mutant| mutant as usize),
            Ordering::Relaxed,
        );
    }

    fn from_environment() -> Option<Mutant> {
        let name = std::env::var("SEATKEEPER_MUTANT").ok()?;
        let mutant = Mutant::by_name(&name);
        Some(mutant.unwrap_or_else(|| panic!("SEATKEEPER_MUTANT is not a mutant: {name}")))
    }
}

#[cfg(all(feature = "mutants", debug_assertions))]
pub use switch::{enable_mutant, enable_mutant_on_thread, mutant_enabled};

/// Whether this mutant is enabled: never, in a program without the feature.
#[cfg(not(all(feature = "mutants", debug_assertions)))]
#[inline]
#[must_use]
pub const fn mutant_enabled(_: Mutant) -> bool {
    false
}
