use crate::clients::Clients;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::ratios;
use crate::workload::{self, Profile};
use crate::{Error, batch, call};

/// Users of the batch that calls are compared with, if the chosen sizes are that large.
const BATCH_USERS: usize = 100_000;

/// Number of concurrent callers, calls of a run, and the required speedup of a batch.
const LEVELS: [(usize, usize, f64); 3] = [(1, 2_000, 50.0), (16, 8_000, 20.0), (64, 8_000, 20.0)];

/// The alternative to batches: one call per user.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = BATCH_USERS.min(plan.largest());
    let customer = environment.customer(Profile::plain(users)).await?;
    let (assign, revoke) = (workload::assign(0, 1), workload::revoke(0, 1));
    let mut batches = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    for (concurrency, _, _) in LEVELS {
        levels.push(Level::new(environment, concurrency).await?);
    }
    for _ in 0..plan.runs {
        let timing = batch::run_well(
            environment.clients(),
            workload::for_everyone(&customer, assign.clone()),
        );
        batches.push(timing.await?.rate());
        for (level, (_, calls, _)) in levels.iter_mut().zip(LEVELS) {
            let all = workload::for_everyone(&customer, revoke.clone());
            batch::run_well(environment.clients(), all).await?;
            let calls = plan.count(calls).min(users);
            level.note(&call::each(&level.callers, &customer, calls, &assign).await?);
        }
        let all = workload::for_everyone(&customer, revoke.clone());
        batch::run_well(environment.clients(), all).await?;
    }
    let mut results = ScenarioResults::default();
    results.measure("batch", users, Unit::UsersPerSecond, &batches);
    for (level, (concurrency, calls, target)) in levels.iter().zip(LEVELS) {
        let case = format!("one call per user, {concurrency} at a time");
        let calls = plan.count(calls);
        results.measure(&case, calls, Unit::CallsPerSecond, &level.rates);
        results.measure(format!("{case}, p50"), calls, Unit::Millis, &level.p50s);
        results.measure(format!("{case}, p99"), calls, Unit::Millis, &level.p99s);
        results.figure(
            format!("batch over {case}"),
            Unit::Times,
            &ratios(&batches, &level.rates),
            Target::AtLeast(target),
        );
    }
    if let [one, .., many] = levels.as_slice() {
        results.figure(
            "64 callers over one",
            Unit::Times,
            &ratios(&many.rates, &one.rates),
            Target::AtLeast(environment.either(10.0, 2.0)),
        );
    }
    Ok(results)
}

struct Level {
    callers: Vec<Clients>,
    rates: Vec<f64>,
    p50s: Vec<f64>,
    p99s: Vec<f64>,
}

impl Level {
    async fn new(environment: &Environment, concurrency: usize) -> Result<Self, Error> {
        let mut callers = Vec::new();
        for _ in 0..concurrency {
            callers.push(environment.connect().await?);
        }
        Ok(Self {
            callers,
            rates: Vec::new(),
            p50s: Vec::new(),
            p99s: Vec::new(),
        })
    }

    fn note(&mut self, calls: &call::Calls) {
        self.rates.push(calls.rate());
        self.p50s.push(calls.quantile_ms(0.5));
        self.p99s.push(calls.quantile_ms(0.99));
    }
}
