use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::fault_profile::{CommitOutcome, FaultCounts, FaultProfile};
use crate::mutants::Mutant;
use crate::rng::Rng;
use crate::trace::Trace;

/// Number of store calls after which a run is aborted as an endless loop.
const CALLS_MAX: u64 = 200_000;

/// The state that all parts of one run share: random numbers, time, trace and failures.
pub(crate) struct Sim {
    pub(crate) begun: Instant,
    pub(crate) fault_profile: FaultProfile,
    /// The bug of the store, if the run has one.
    mutant: Option<Mutant>,
    calm: AtomicBool,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    trace: Trace,
    faults: FaultCounts,
    failures: Vec<String>,
    calls: u64,
    /// The outcomes of the next commits; when empty, the random numbers decide.
    script: VecDeque<CommitOutcome>,
}

/// Writes a line to the trace of the run.
macro_rules! trace_line {
    ($sim:expr, $($what:tt)*) => { $sim.trace(format_args!($($what)*)) };
}
pub(crate) use trace_line;

/// The result of a run.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) hash: u64,
    pub(crate) lines: u64,
    pub(crate) calls: u64,
    /// Simulated time in milliseconds.
    pub(crate) millis: u64,
    pub(crate) faults: FaultCounts,
    pub(crate) failures: Vec<String>,
}

impl Sim {
    pub(crate) fn new(
        rng: Rng,
        fault_profile: FaultProfile,
        aloud: bool,
        mutant: Option<Mutant>,
    ) -> Arc<Self> {
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
            mutant,
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

    /// Records the violation of a guarantee.
    pub(crate) fn fail(&self, what: String) {
        trace_line!(self, "FAILURE {what}");
        self.with(|state| state.failures.push(what));
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.with(|state| !state.failures.is_empty())
    }

    /// Whether the store has this mutant.
    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
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

    /// Ends all faults.
    pub(crate) fn calm_down(&self) {
        trace_line!(self, "calm from here on");
        self.calm.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Whether a call has a fault that `per_mille` of a thousand calls have.
    pub(crate) fn strikes(&self, per_mille: u64) -> bool {
        !self.is_calm() && self.chance(per_mille)
    }

    /// Sets the outcomes of the next commits.
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

    /// The duration of a call's way to the database; `None` for no delay.
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
        assert!(calls < CALLS_MAX, "the run is in an endless loop");
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
