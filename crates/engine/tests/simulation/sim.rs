use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::fault_profile::{CommitOutcome, FaultCounts, FaultProfile};
use crate::rng::Rng;
use crate::trace::Trace;

/// Calls of the store after which a run is given up: something goes round and round.
const CALLS_MAX: u64 = 200_000;

/// What all parts of one run share: its random numbers, its time, its trace, and what went wrong.
pub(crate) struct Sim {
    pub(crate) begun: Instant,
    pub(crate) fault_profile: FaultProfile,
    calm: AtomicBool,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    trace: Trace,
    faults: FaultCounts,
    failures: Vec<String>,
    calls: u64,
    /// How the next commits go, before the random numbers decide.
    script: VecDeque<CommitOutcome>,
}

/// Writes a line into the trace of the run.
macro_rules! trace_line {
    ($sim:expr, $($what:tt)*) => { $sim.trace(format_args!($($what)*)) };
}
pub(crate) use trace_line;

/// What a run came to.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) hash: u64,
    pub(crate) lines: u64,
    pub(crate) calls: u64,
    /// Simulated time.
    pub(crate) millis: u64,
    pub(crate) faults: FaultCounts,
    pub(crate) failures: Vec<String>,
}

impl Sim {
    pub(crate) fn new(rng: Rng, fault_profile: FaultProfile, aloud: bool) -> Arc<Self> {
        let sim = Self {
            begun: Instant::now(),
            calm: AtomicBool::new(false),
            state: Mutex::new(State {
                rng,
                trace: Trace::new(aloud),
                faults: FaultCounts::new(),
                failures: Vec::new(),
                calls: 0,
                script: VecDeque::new(),
            }),
            fault_profile,
        };
        trace_line!(sim, "{:?}", sim.fault_profile);
        Arc::new(sim)
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap())
    }

    pub(crate) fn trace(&self, what: fmt::Arguments<'_>) {
        let millis = self.begun.elapsed().as_millis();
        self.with(|state| state.trace.line(millis, what));
    }

    /// Something is not as promised.
    pub(crate) fn fail(&self, what: String) {
        trace_line!(self, "FAILURE {what}");
        self.with(|state| state.failures.push(what));
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.with(|state| !state.failures.is_empty())
    }

    pub(crate) fn count(&self, fault: &'static str) {
        self.with(|state| *state.faults.entry(fault).or_default() += 1);
    }

    pub(crate) fn fork(&self) -> Rng {
        self.with(|state| state.rng.fork())
    }

    pub(crate) fn chance(&self, per_mille: u64) -> bool {
        self.with(|state| state.rng.chance(per_mille))
    }

    /// From now on no fault happens.
    pub(crate) fn calm_down(&self) {
        trace_line!(self, "calm from here on");
        self.calm.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Whether a call meets a fault that so many of a thousand meet.
    pub(crate) fn strikes(&self, per_mille: u64) -> bool {
        !self.is_calm() && self.chance(per_mille)
    }

    /// Says how the next commits go.
    pub(crate) fn script(&self, outcomes: impl IntoIterator<Item = CommitOutcome>) {
        self.with(|state| state.script.extend(outcomes));
    }

    pub(crate) fn commit_outcome(&self) -> CommitOutcome {
        if let Some(outcome) = self.with(|state| state.script.pop_front()) {
            return outcome;
        }
        if self.is_calm() {
            return CommitOutcome::Done;
        }
        self.with(|state| CommitOutcome::of(&mut state.rng, &self.fault_profile))
    }

    /// How long a call is on its way; `None` for no time at all.
    pub(crate) fn way(&self) -> Option<Duration> {
        let (calls, way) = self.with(|state| {
            state.calls += 1;
            let rng = &mut state.rng;
            let way = if self.is_calm() {
                None
            } else if rng.chance(self.fault_profile.stuck) {
                Some(Duration::from_millis(rng.between(500..9_000)))
            } else if rng.chance(self.fault_profile.slow) {
                Some(Duration::from_millis(rng.between(20..400)))
            } else if rng.chance(300) {
                Some(Duration::from_millis(rng.between(0..8)))
            } else {
                None
            };
            (state.calls, way)
        });
        assert!(calls < CALLS_MAX, "the run goes round and round");
        way
    }

    pub(crate) fn report(&self) -> Report {
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap();
        self.with(|state| Report {
            hash: state.trace.hash(),
            lines: state.trace.lines(),
            calls: state.calls,
            millis,
            faults: state.faults.clone(),
            failures: state.failures.clone(),
        })
    }
}
