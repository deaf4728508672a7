use std::collections::BTreeMap;
use std::time::Duration;

use crate::rng::Rng;

/// The fault profile of a run: how many of a thousand calls have which fault.
#[derive(Debug, Clone)]
pub(crate) struct FaultProfile {
    pub(crate) unavailable: u64,
    pub(crate) conflict: u64,
    pub(crate) commit_unknown: u64,
    pub(crate) crash_in_commit: u64,
    pub(crate) slow: u64,
    pub(crate) stuck: u64,
    /// Faults of whole servers, with their weights.
    pub(crate) server_faults: Vec<(u64, ServerFault)>,
    /// The longest time between two server faults.
    pub(crate) server_fault_interval: Duration,
    /// The largest difference between the servers' clocks.
    pub(crate) skew: Duration,
}

/// A fault of a whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerFault {
    Crash,
    Pause,
    Drain,
    Storm,
}

impl FaultProfile {
    /// A profile without faults.
    pub(crate) fn none() -> Self {
        Self {
            unavailable: 0,
            conflict: 0,
            commit_unknown: 0,
            crash_in_commit: 0,
            slow: 0,
            stuck: 0,
            server_faults: Vec::new(),
            server_fault_interval: Duration::ZERO,
            skew: Duration::ZERO,
        }
    }

    /// A random profile. Some runs have few faults, so that states that need an undisturbed
    /// customer are reached as well.
    pub(crate) fn of(rng: &mut Rng) -> Self {
        let roughness = rng.weighted(&[(1, 0), (2, 1), (3, 3), (2, 8)]);
        let mut rate = |most: u64| rng.between(0..most * roughness + 1);
        Self {
            unavailable: rate(4),
            conflict: rate(8),
            commit_unknown: rate(12),
            crash_in_commit: rate(3),
            slow: rate(40),
            stuck: rate(2),
            server_faults: vec![
                (1 + rate(1), ServerFault::Crash),
                (1 + rate(1), ServerFault::Pause),
                (1, ServerFault::Drain),
                (1, ServerFault::Storm),
            ],
            server_fault_interval: Duration::from_millis(1 + rng.between(500..20_000)),
            skew: Duration::from_millis(rng.weighted(&[(3, 0), (2, 200), (1, 3_000)])),
        }
    }
}

/// The outcome of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitOutcome {
    Done,
    /// The connection is lost before the commit reaches the database.
    UnknownNotDone,
    /// The connection is lost after the commit, before the response.
    UnknownDone,
    /// The connection is lost while the commit is sent, and the database still commits it later.
    UnknownDoneLate(Duration),
    CrashBefore,
    CrashAfter,
}

impl CommitOutcome {
    pub(crate) fn of(rng: &mut Rng, fault_profile: &FaultProfile) -> Self {
        if rng.chance(fault_profile.crash_in_commit) {
            return *rng.pick(&[Self::CrashBefore, Self::CrashAfter]);
        }
        if !rng.chance(fault_profile.commit_unknown) {
            return Self::Done;
        }
        let late = Duration::from_millis(rng.between(1..4_000));
        *rng.pick(&[
            Self::UnknownNotDone,
            Self::UnknownDone,
            Self::UnknownDoneLate(late),
        ])
    }
}

/// Number of faults in a run, by kind.
pub(crate) type FaultCounts = BTreeMap<&'static str, u64>;
