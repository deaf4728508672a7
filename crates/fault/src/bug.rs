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
    }
}

#[cfg(all(feature = "planted-bugs", debug_assertions))]
mod planting {
    use std::sync::Once;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Bug;

    const NONE: usize = usize::MAX;
    static PLANTED: AtomicUsize = AtomicUsize::new(NONE);

    /// Whether this bug is planted.
    #[must_use]
    pub fn planted(bug: Bug) -> bool {
        static READ: Once = Once::new();
        READ.call_once(|| {
            if let Some(bug) = from_environment() {
                PLANTED.store(bug as usize, Ordering::Relaxed);
            }
        });
        PLANTED.load(Ordering::Relaxed) == bug as usize
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
pub use planting::{plant, planted};

/// Whether this bug is planted: never, in a program without the feature.
#[cfg(not(all(feature = "planted-bugs", debug_assertions)))]
#[inline]
#[must_use]
pub const fn planted(_: Bug) -> bool {
    false
}
