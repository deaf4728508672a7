crate::named! {
    /// A bug that can be planted. `docs/planted-bugs.md` says which test catches which.
    Bug {
        /// A chunk is written whoever holds the batch's lease.
        LostFence = "lost-fence",
        /// A transaction is told to be committed a while before it is.
        EarlyAnswer = "early-answer",
        /// The seats assigned are counted in a transaction of their own, after the licenses.
        CounterApart = "counter-apart",
        /// How far a batch is gets saved in a transaction of its own, after the chunk.
        CursorApart = "cursor-apart",
        /// A request id is remembered in a transaction of its own, after the work.
        RequestApart = "request-apart",
        /// A stream that is resumed leaves out the result after the one it resumes at.
        ResumeOffByOne = "resume-off-by-one",
        /// A batch that ends keeps the seats set aside for it.
        ReservationKept = "reservation-kept",
        /// Batches that nobody drives are not taken up.
        RecoveryForgets = "recovery-forgets",
        /// Journaling a purchase uses two places of the journal up.
        JournalGap = "journal-gap",
        /// Seats are given out whether there are any or not.
        UncheckedSeats = "unchecked-seats",
        /// A use case is told to be done while its transaction still commits.
        AnswerBeforeCommit = "answer-before-commit",
        /// A transaction of whose commit nobody heard is carried out again.
        UnknownCommitRepeated = "unknown-commit-repeated",
        /// Users read ahead are taken as they were, whoever changed them since.
        StaleReadAhead = "stale-read-ahead",
        /// Repeated users are not collapsed.
        DuplicatesKept = "duplicates-kept",
        /// Request ids are not remembered.
        RequestForgotten = "request-forgotten",
        /// A chunk is written and its batch is not moved past it.
        CursorNotMoved = "cursor-not-moved",
        /// A cancelled batch goes on.
        CancelForgotten = "cancel-forgotten",
        /// A cancelled batch ends without results for the users it did not reach.
        RestUnreported = "rest-unreported",
        /// A batch is given up although it may have been accepted.
        AcceptedGivenUp = "accepted-given-up",
        /// A batch is not told that whoever streamed its users in has vanished.
        IntakeLeftOpen = "intake-left-open",
        /// A batch is taken over although its lease still runs.
        LeaseIgnored = "lease-ignored",
        /// An all-or-nothing batch is carried out for those who do not fail.
        WholeInPart = "whole-in-part",
        /// Users who wait are not served when seats get free.
        WaitersForgotten = "waiters-forgotten",
        /// Old journal entries are removed, and what they did to licenses is not kept.
        EntriesUnfolded = "entries-unfolded",
        /// A transaction whose caller hung up while it began stays open in the pool.
        CancelledLeft = "cancelled-left",
    }
}

#[cfg(all(feature = "planted-bugs", debug_assertions))]
mod planting {
    use std::cell::Cell;
    use std::sync::Once;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Bug;

    const NONE: usize = usize::MAX;
    static PLANTED: AtomicUsize = AtomicUsize::new(NONE);
    thread_local! {
        static PLANTED_HERE: Cell<usize> = const { Cell::new(NONE) };
    }

    /// Whether this bug is planted.
    #[must_use]
    pub fn planted(bug: Bug) -> bool {
        static READ: Once = Once::new();
        READ.call_once(|| {
            if let Some(bug) = from_environment() {
                PLANTED.store(bug as usize, Ordering::Relaxed);
            }
        });
        let bug = bug as usize;
        PLANTED.load(Ordering::Relaxed) == bug || PLANTED_HERE.get() == bug
    }

    /// Plants a bug for what runs on this thread, in the place of any other; `None` plants none.
    pub fn plant_here(bug: Option<Bug>) {
        PLANTED_HERE.set(bug.map_or(NONE, |bug| bug as usize));
    }

    /// Plants a bug in this process, in the place of any other; `None` plants none.
    pub fn plant(bug: Option<Bug>) {
        // The environment is read before, lest it be read after and win.
        let _before = planted(Bug::LostFence);
        PLANTED.store(bug.map_or(NONE, |bug| bug as usize), Ordering::Relaxed);
    }

    fn from_environment() -> Option<Bug> {
        let name = std::env::var("SEATKEEPER_PLANTED_BUG").ok()?;
        let bug = Bug::by_name(&name);
        Some(bug.unwrap_or_else(|| panic!("SEATKEEPER_PLANTED_BUG names no bug: {name}")))
    }
}

#[cfg(all(feature = "planted-bugs", debug_assertions))]
pub use planting::{plant, plant_here, planted};

/// Whether this bug is planted: never, in a program without the feature.
#[cfg(not(all(feature = "planted-bugs", debug_assertions)))]
#[inline]
#[must_use]
pub const fn planted(_: Bug) -> bool {
    false
}
