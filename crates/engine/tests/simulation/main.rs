//! A deterministic simulation: several servers over one store, callers and faults, generated from
//! one seed, in simulated time. The guarantees must hold under all faults.
//!
//! `SEEDS=n` runs more seeds, `FIRST_SEED=n` others, `SEED=n` one of them with a trace. The test
//! `the_same_seed_goes_the_same_way` prints the hash of each trace: a change that only moves code
//! leaves all of them as they are.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a check handles only the variants that concern it"
)]

mod check;
mod client;
mod cluster;
mod fault_profile;
mod fixture;
mod follower;
mod ledger;
mod mutants;
mod nemesis;
mod regressions;
mod rng;
mod run;
mod seeds;
mod server;
mod sim;
mod sources;
mod store;
mod trace;
mod tx;

use crate::run::run;

#[test]
fn every_seed_keeps_the_guarantees() {
    if let Some(seed) = seeds::variable("SEED") {
        let report = run(seed, true);
        assert!(report.failures.is_empty(), "{:#?}", report.failures);
        return;
    }
    let first = seeds::variable("FIRST_SEED").unwrap_or(1);
    let count = seeds::variable("SEEDS").unwrap_or(seeds::SEEDS_IN_CI);
    let total = seeds::run_all(first..first + count);
    println!("{total}");
    assert!(total.failed.is_empty(), "seeds failed: {total}");
}

#[test]
fn the_same_seed_goes_the_same_way() {
    for seed in 1..=200 {
        let (one, two) = (run(seed, false), run(seed, false));
        assert_eq!((one.hash, one.lines), (two.hash, two.lines), "seed {seed}");
        println!("seed {seed}: {:016x}, {} lines", one.hash, one.lines);
    }
}
