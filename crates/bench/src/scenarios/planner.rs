use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Error;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::server::{cargo, target_directory};

/// The name of the domain's benchmark target.
const BENCH: &str = "planner";

/// The benchmark groups, each with its target in nanoseconds per user and product.
const GROUPS: [(&str, Option<f64>); 2] = [("planner", Some(100.0)), ("planner_unshared", None)];

/// Runs the planner's Criterion benchmarks and reads their estimates.
pub(crate) fn run(plan: &Plan) -> Result<ScenarioResults, Error> {
    let mut bench = cargo();
    bench.args(["bench", "--package", "seatkeeper-domain", "--bench", BENCH]);
    if plan.count(20) < 20 {
        bench.args(["--", "--quick"]);
    }
    // Criterion prints its report to standard error, apart from this program's report.
    if !bench.stdout(std::io::stderr()).status()?.success() {
        return Err("the planner's benchmarks failed; see their output above".into());
    }
    let mut results = ScenarioResults::default();
    for (group, target) in GROUPS {
        note(&mut results, group, target)?;
    }
    Ok(results)
}

/// Adds the estimates of a benchmark group.
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

/// Criterion's estimates in nanoseconds.
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
