use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::fault_profile::FaultCounts;
use crate::run::run;

/// Seeds that every change must pass.
pub(crate) const SEEDS_IN_CI: u64 = 10_000;

/// Failed seeds that are printed in full.
const FAILURES_PRINTED_MAX: usize = 20;

/// The totals of many runs.
#[derive(Debug, Default)]
pub(crate) struct Total {
    pub(crate) seeds: u64,
    pub(crate) calls: u64,
    /// Simulated time in milliseconds.
    pub(crate) millis: u64,
    pub(crate) faults: FaultCounts,
    /// The failures of each failed seed.
    pub(crate) failed: BTreeMap<u64, Vec<String>>,
}

/// A number in an environment variable.
pub(crate) fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text:?}")),
    )
}

/// Runs seeds in parallel, one thread for each processor.
pub(crate) fn run_all(seeds: Range<u64>) -> Total {
    let next = AtomicU64::new(seeds.start);
    let total = Mutex::new(Total::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let report = catch_unwind(|| run(seed, false));
                    total.lock().unwrap().add(seed, report.ok());
                }
            });
        }
    });
    total.into_inner().unwrap()
}

impl Total {
    fn add(&mut self, seed: u64, report: Option<crate::sim::Report>) {
        self.seeds += 1;
        let Some(report) = report else {
            self.failed.insert(seed, vec!["panicked".to_owned()]);
            return;
        };
        self.calls += report.calls;
        self.millis += report.millis;
        for (fault, count) in report.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        if !report.failures.is_empty() {
            self.failed.insert(seed, report.failures);
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seeds, calls, minutes) = (self.seeds, self.calls, self.millis / 60_000);
        writeln!(
            f,
            "{seeds} seeds, {minutes} simulated minutes, {calls} calls of the store"
        )?;
        for (fault, count) in &self.faults {
            writeln!(f, "{count:>10} {fault}")?;
        }
        writeln!(f, "{} seeds failed", self.failed.len())?;
        for (seed, failures) in self.failed.iter().take(FAILURES_PRINTED_MAX) {
            writeln!(f, "SEED={seed}: {failures:?}")?;
        }
        Ok(())
    }
}
