//! The scenarios by name, in the order of their runs.

use std::collections::BTreeSet;

use futures::future::LocalBoxFuture;

use crate::environment::Environment;
use crate::options::{DatabaseKind, Options};
use crate::plan::Plan;
use crate::report::{Failure, Found, Results};
use crate::scenario_results::ScenarioResults;
use crate::server::{Program, directory};
use crate::{Error, scenarios};

/// A named measurement of the server.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What the scenario measures, for `--list`.
    pub(crate) measures: &'static str,
    /// The targets of its figures, for `--list`.
    pub(crate) target: &'static str,
    run: Run,
}

/// A function that measures on the environment's database.
type OnDatabase =
    for<'a> fn(&'a mut Environment, &'a Plan) -> LocalBoxFuture<'a, Result<ScenarioResults, Error>>;

enum Run {
    OnEach(OnDatabase),
    OnPostgres(OnDatabase),
    /// A measurement without a database.
    Alone(fn(&Plan) -> Result<ScenarioResults, Error>),
}

/// The scenario table.
pub(crate) const ALL: &[Scenario] = &[
    Scenario {
        name: "throughput",
        measures: "batches end to end compared with the raw database: products, assign, revoke, swap, dry run, failures",
        target: "≥ 0.30 × the raw database on SQLite, ≥ 0.42 × on PostgreSQL",
        run: Run::OnEach(|environment, plan| {
            Box::pin(scenarios::throughput::run(environment, plan))
        }),
    },
    Scenario {
        name: "unary",
        measures: "one call per user at concurrency 1, 16, 64, compared with a batch",
        target: "batch ≥ 50 ×, 20 ×, 20 ×; 64 callers ≥ 10 × one on SQLite, ≥ 2 × on PostgreSQL",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::unary::run(environment, plan))),
    },
    Scenario {
        name: "first-result",
        measures: "time to the first and to the last result, by kind of selection",
        target: "first ≤ 50 ms from a saved selection, ≤ 1 s from a filter",
        run: Run::OnEach(|environment, plan| {
            Box::pin(scenarios::first_result::run(environment, plan))
        }),
    },
    Scenario {
        name: "latency_under_load",
        measures: "one call at a time, alone and during a batch of the same customer",
        target: "p99 ≤ 50 ms and ≤ 2 chunks",
        run: Run::OnEach(|environment, plan| {
            Box::pin(scenarios::latency_under_load::run(environment, plan))
        }),
    },
    Scenario {
        name: "size",
        measures: "cost per user by batch size",
        target: "largest ≤ 1.15 × that of 10,000",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::size::run(environment, plan))),
    },
    Scenario {
        name: "list",
        measures: "100,000 users of a large customer by list, in directory order and in another",
        target: "",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::list::run(environment, plan))),
    },
    Scenario {
        name: "memory",
        measures: "the server's peak resident memory by batch size",
        target: "≤ 150 MiB; largest ≤ 1.2 × that of 10,000",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::memory::run(environment, plan))),
    },
    Scenario {
        name: "customers",
        measures: "1, 2, 8, 32 customers in parallel",
        target: "32 ≥ 0.9 × one on SQLite, ≥ 1.2 × on PostgreSQL",
        run: Run::OnEach(|environment, plan| {
            Box::pin(scenarios::customers::run(environment, plan))
        }),
    },
    Scenario {
        name: "small",
        measures: "1,000 customers with a small batch each",
        target: "",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::small::run(environment, plan))),
    },
    Scenario {
        name: "replicas",
        measures: "customers in parallel over 1, 2, 3 servers of one database",
        target: "",
        run: Run::OnPostgres(|environment, plan| {
            Box::pin(scenarios::replicas::run(environment, plan))
        }),
    },
    Scenario {
        name: "held",
        measures: "a customer with ten licenses per user",
        target: "cost per user ≤ 1.5 × that without",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::held::run(environment, plan))),
    },
    Scenario {
        name: "replay",
        measures: "the results of a finished batch, read again",
        target: "≥ 1,000,000 users/s",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::replay::run(environment, plan))),
    },
    Scenario {
        name: "followers",
        measures: "100 followers of one batch",
        target: "",
        run: Run::OnEach(|environment, plan| {
            Box::pin(scenarios::followers::run(environment, plan))
        }),
    },
    Scenario {
        name: "idle",
        measures: "1,000 followers of an idle batch; followers that have stopped reading",
        target: "10 stopped readers ≤ 40 MiB",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::idle::run(environment, plan))),
    },
    Scenario {
        name: "summary",
        measures: "SummarizeLicenses over all users and 20 products",
        target: "≤ 1 s",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::summary::run(environment, plan))),
    },
    Scenario {
        name: "pages",
        measures: "the first and the last page of a large directory",
        target: "last ≤ 1.5 × first",
        run: Run::OnEach(|environment, plan| Box::pin(scenarios::pages::run(environment, plan))),
    },
    Scenario {
        name: "planner",
        measures: "the planner alone, by Criterion",
        target: "≤ 100 ns per user and product",
        run: Run::Alone(scenarios::planner::run),
    },
];

/// The names of all scenarios.
pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|scenario| scenario.name).collect()
}

/// Runs the chosen scenarios on the chosen databases. After a failure the next scenario runs.
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
        let mut environment = Environment::open(program.clone(), kind, &directory).await?;
        for scenario in &chosen {
            let run = match scenario.run {
                Run::OnEach(run) => run,
                Run::OnPostgres(run) if kind == DatabaseKind::Postgres => run,
                Run::OnPostgres(_) | Run::Alone(_) => continue,
            };
            let found = run(&mut environment, &plan).await;
            note(&mut results, scenario, environment.database_name(), found);
        }
    }
    Ok(results)
}

fn note(
    results: &mut Results,
    scenario: &Scenario,
    database: &'static str,
    found: Result<ScenarioResults, Error>,
) {
    let scenario = scenario.name;
    match found {
        Ok(measured) => {
            eprintln!("{scenario} on {database}: done");
            results.found.push(Found {
                scenario,
                database,
                results: measured,
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
