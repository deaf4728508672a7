crate::named! {
    /// A bug that tests can enable. `docs/mutants.md` says which test catches which.
    Mutant {
        /// A chunk is written whoever holds the batch's lease.
        LostFence = "lost-fence",
        /// A transaction is told to be committed a while before it is.
        EarlyAnswer = "early-answer",
        /// The seats assigned are counted in a transaction of their own, after the licenses.
        NonAtomicCounter = "non-atomic-counter",
        /// How far a batch is gets saved in a transaction of its own, after the chunk.
        NonAtomicCursor = "non-atomic-cursor",
        /// A request id is recorded in a transaction of its own, after the work.
        NonAtomicRequestId = "non-atomic-request-id",
        /// A stream that is resumed leaves out the result after the one it resumes at.
        ResumeOffByOne = "resume-off-by-one",
        /// A batch that ends keeps the seats set aside for it.
        LeakedReservation = "leaked-reservation",
        /// Batches without a worker are not taken up.
        MissedRecovery = "missed-recovery",
        /// Journaling a purchase uses two positions of the journal up.
        JournalGap = "journal-gap",
        /// Seats are given out whether there are any or not.
        UncheckedSeats = "unchecked-seats",
        /// A use case is told to be done while its transaction still commits.
        AnswerBeforeCommit = "answer-before-commit",
        /// A transaction of whose commit nobody heard is carried out again.
        UnknownCommitRepeated = "unknown-commit-repeated",
        /// Prefetched users are taken as they were, whoever changed them since.
        StalePrefetch = "stale-prefetch",
        /// Repeated users are not collapsed.
        DuplicatesKept = "duplicates-kept",
        /// Request ids are not recorded.
        LostRequestId = "lost-request-id",
        /// A chunk is written and its batch is not moved past it.
        CursorNotMoved = "cursor-not-moved",
        /// A cancelled batch goes on.
        IgnoredCancel = "ignored-cancel",
        /// A cancelled batch ends without results for the users it did not reach.
        MissingCancelledResults = "missing-cancelled-results",
        /// A batch is given up although it may have been accepted.
        AcceptedBatchDeleted = "accepted-batch-deleted",
        /// A batch is not told that whoever streamed its users in has vanished.
        UserStreamLeftOpen = "user-stream-left-open",
        /// A batch is taken over although its lease still runs.
        LeaseIgnored = "lease-ignored",
        /// An all-or-nothing batch is carried out for those who do not fail.
        PartialAllOrNothing = "partial-all-or-nothing",
        /// Users who wait are not served when seats get free.
        WaitlistNotServed = "waitlist-not-served",
        /// Old journal entries are removed, and what they did to licenses is not kept.
        EntriesNotCheckpointed = "entries-not-checkpointed",
        /// A transaction whose caller hung up while it began stays open in the pool.
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

    /// Enables a mutant for what runs on this thread, in the place of any other; `None` enables none.
    pub fn enable_mutant_on_thread(mutant: Option<Mutant>) {
        ENABLED_HERE.set(mutant.map_or(NONE, |mutant| mutant as usize));
    }

    /// Enables a mutant in this process, in the place of any other; `None` enables none.
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
        Some(mutant.unwrap_or_else(|| panic!("SEATKEEPER_MUTANT names no mutant: {name}")))
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
