//! Everything that is measured, by name, and the order in which it is.

use std::collections::BTreeSet;

use futures::future::LocalBoxFuture;

use crate::findings::Findings;
use crate::lab::Lab;
use crate::options::{DatabaseKind, Options};
use crate::plan::Plan;
use crate::report::{Failure, Found, Results};
use crate::server::{Program, directory};
use crate::{Error, scenarios};

/// One thing that is measured.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What it measures, for people.
    pub(crate) measures: &'static str,
    /// What its figures are to reach, for people.
    pub(crate) reach: &'static str,
    run: Run,
}

/// Measures on the lab's database.
type OnDatabase = for<'a> fn(&'a mut Lab, &'a Plan) -> LocalBoxFuture<'a, Result<Findings, Error>>;

enum Run {
    OnEach(OnDatabase),
    OnPostgres(OnDatabase),
    /// Without a database.
    Alone(fn(&Plan) -> Result<Findings, Error>),
}

/// The scenario table.
pub(crate) const ALL: &[Scenario] = &[
    Scenario {
        name: "throughput",
        measures: "batches end to end beside the floor: products, assign, revoke, swap, dry run, failures",
        reach: "≥ 0.30 × the floor on SQLite, ≥ 0.42 × on PostgreSQL",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::throughput::run(lab, plan))),
    },
    Scenario {
        name: "unary",
        measures: "one call per user at concurrency 1, 16, 64, beside a batch",
        reach: "batch ≥ 50 ×, 20 ×, 20 ×; 64 callers ≥ 10 × one on SQLite, ≥ 2 × on PostgreSQL",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::unary::run(lab, plan))),
    },
    Scenario {
        name: "first-result",
        measures: "time to the first and to the last result, by kind of selection",
        reach: "first ≤ 50 ms from a saved selection, ≤ 1 s from a filter",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::first_result::run(lab, plan))),
    },
    Scenario {
        name: "beside",
        measures: "one call at a time, alone and beside a running batch of the same customer",
        reach: "p99 ≤ 50 ms and ≤ 2 chunks",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::beside::run(lab, plan))),
    },
    Scenario {
        name: "size",
        measures: "cost per user by size of the batch",
        reach: "largest ≤ 1.15 × that of 10,000",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::size::run(lab, plan))),
    },
    Scenario {
        name: "list",
        measures: "100,000 users of a large customer by list, in directory order and in another",
        reach: "",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::list::run(lab, plan))),
    },
    Scenario {
        name: "memory",
        measures: "the server's peak resident memory by size of the batch",
        reach: "≤ 150 MiB; largest ≤ 1.2 × that of 10,000",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::memory::run(lab, plan))),
    },
    Scenario {
        name: "customers",
        measures: "1, 2, 8, 32 customers in parallel",
        reach: "32 ≥ 0.9 × one on SQLite, ≥ 1.2 × on PostgreSQL",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::customers::run(lab, plan))),
    },
    Scenario {
        name: "small",
        measures: "1,000 customers with a small batch each",
        reach: "",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::small::run(lab, plan))),
    },
    Scenario {
        name: "replicas",
        measures: "customers in parallel over 1, 2, 3 servers of one database",
        reach: "",
        run: Run::OnPostgres(|lab, plan| Box::pin(scenarios::replicas::run(lab, plan))),
    },
    Scenario {
        name: "held",
        measures: "a customer that holds ten licenses per user already",
        reach: "cost per user ≤ 1.5 × that without",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::held::run(lab, plan))),
    },
    Scenario {
        name: "replay",
        measures: "the results of a finished batch, read again",
        reach: "≥ 1,000,000 users/s",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::replay::run(lab, plan))),
    },
    Scenario {
        name: "followers",
        measures: "100 followers of one batch",
        reach: "",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::followers::run(lab, plan))),
    },
    Scenario {
        name: "idle",
        measures: "1,000 followers of a batch in which nothing happens; readers who have stopped reading",
        reach: "10 readers who have stopped ≤ 40 MiB",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::idle::run(lab, plan))),
    },
    Scenario {
        name: "summary",
        measures: "SummarizeLicenses over everyone and 20 products",
        reach: "≤ 1 s",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::summary::run(lab, plan))),
    },
    Scenario {
        name: "pages",
        measures: "the first and the last page of a large directory",
        reach: "last ≤ 1.5 × first",
        run: Run::OnEach(|lab, plan| Box::pin(scenarios::pages::run(lab, plan))),
    },
    Scenario {
        name: "planner",
        measures: "the planner alone, by Criterion",
        reach: "≤ 100 ns per user and product",
        run: Run::Alone(scenarios::planner::run),
    },
];

/// The names of all scenarios.
pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|scenario| scenario.name).collect()
}

/// Runs the chosen scenarios on the chosen databases. One that can't be measured does not keep the
/// others from it.
pub(crate) async fn run(options: &Options) -> Result<Results, Error> {
    let plan = Plan::new(options);
    let only: BTreeSet<&str> = options.only.iter().map(String::as_str).collect();
    let chosen: Vec<&Scenario> = ALL
        .iter()
        .filter(|scenario| only.is_empty() || only.contains(scenario.name))
        .collect();
    let mut results = Results::new(&plan);
    for scenario in &chosen {
        if let Run::Alone(run) = scenario.run {
            note(&mut results, scenario, "none", run(&plan));
        }
    }
    if chosen
        .iter()
        .all(|scenario| matches!(scenario.run, Run::Alone(_)))
    {
        return Ok(results);
    }
    let program = Program::measured(options)?;
    let directory = directory(options)?;
    for &kind in &options.databases {
        let mut lab = Lab::open(program.clone(), kind, &directory).await?;
        for scenario in &chosen {
            let run = match scenario.run {
                Run::OnEach(run) => run,
                Run::OnPostgres(run) if kind == DatabaseKind::Postgres => run,
                Run::OnPostgres(_) | Run::Alone(_) => continue,
            };
            let found = run(&mut lab, &plan).await;
            note(&mut results, scenario, lab.database_name(), found);
        }
    }
    Ok(results)
}

fn note(
    results: &mut Results,
    scenario: &Scenario,
    database: &'static str,
    found: Result<Findings, Error>,
) {
    let scenario = scenario.name;
    match found {
        Ok(findings) => {
            eprintln!("{scenario} on {database}: done");
            results.found.push(Found {
                scenario,
                database,
                findings,
            });
        }
        Err(error) => {
            eprintln!("{scenario} on {database}: {error}");
            results.failures.push(Failure {
                scenario,
                database,
                error: error.to_string(),
            });
        }
    }
}
