use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::server::{cargo, target_directory};

/// The benchmarks in the domain.
const BENCH: &str = "planner";

/// Their groups, and what a user and product are to cost in each, in nanoseconds.
const GROUPS: [(&str, Option<f64>); 2] = [("planner", Some(100.0)), ("planner_unshared", None)];

/// Runs the planner's Criterion benchmarks and reads what they came to.
pub(crate) fn run(plan: &Plan) -> Result<ScenarioResults, Error> {
    let mut bench = cargo();
    bench.args(["bench", "--package", "seatkeeper-domain", "--bench", BENCH]);
    if plan.count(20) < 20 {
        bench.args(["--", "--quick"]);
    }
    // Its report goes beside this program's own, not into it.
    if !bench.stdout(std::io::stderr()).status()?.success() {
        return Err("the planner's benchmarks do not run".into());
    }
    let mut results = ScenarioResults::default();
    for (group, target) in GROUPS {
        note(&mut results, group, target)?;
    }
    Ok(results)
}

/// What the benchmarks of a group came to.
fn note(results: &mut ScenarioResults, group: &str, target: Option<f64>) -> Result<(), Error> {
    let group = target_directory()?.join("criterion").join(group);
    let mut cases: Vec<_> = fs::read_dir(&group)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("new")))
        .filter(|path| path.join("estimates.json").is_file())
        .collect();
    cases.sort();
    for path in cases {
        let case: Case = read(&path.join("benchmark.json"))?;
        let estimates: Estimates = read(&path.join("estimates.json"))?;
        let each = |time: f64| time / case.throughput.elements;
        let median = estimates.median;
        let interval = median.confidence_interval;
        let runs = [
            each(interval.lower_bound),
            each(median.point_estimate),
            each(interval.upper_bound),
        ];
        let name = format!("{}, per user and product", case.function_id);
        results.measure(&name, 0, Unit::Nanos, &runs);
        if let Some(most) = target {
            results.figure(name, Unit::Nanos, &runs, Target::AtMost(most));
        }
    }
    Ok(())
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Error> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[derive(Deserialize)]
struct Case {
    function_id: String,
    throughput: Throughput,
}

#[derive(Deserialize)]
struct Throughput {
    #[serde(rename = "Elements")]
    elements: f64,
}

/// In nanoseconds.
#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
    confidence_interval: Interval,
}

#[derive(Deserialize)]
struct Interval {
    lower_bound: f64,
    upper_bound: f64,
}
