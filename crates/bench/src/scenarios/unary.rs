use crate::clients::Clients;
use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::ratios;
use crate::world::{self, Profile};
use crate::{Error, batch, call};

/// Users of the batch that calls are compared with, where the batches are that large.
const BATCH_USERS: usize = 100_000;

/// Callers at a time, calls of a run, and how many times faster a batch is to be.
const LEVELS: [(usize, usize, f64); 3] = [(1, 2_000, 50.0), (16, 8_000, 20.0), (64, 8_000, 20.0)];

/// What a caller would do without batches: one call per user.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = BATCH_USERS.min(plan.largest());
    let customer = lab.customer(Profile::plain(users)).await?;
    let (assign, revoke) = (world::assign(0, 1), world::revoke(0, 1));
    let mut batches = Vec::new();
    let mut levels: Vec<Level> = Vec::new();
    for (concurrency, _, _) in LEVELS {
        levels.push(Level::new(lab, concurrency).await?);
    }
    for _ in 0..plan.runs {
        let timing = batch::run_well(
            lab.clients(),
            world::for_everyone(&customer, assign.clone()),
        );
        batches.push(timing.await?.rate());
        for (level, (_, calls, _)) in levels.iter_mut().zip(LEVELS) {
            let all = world::for_everyone(&customer, revoke.clone());
            batch::run_well(lab.clients(), all).await?;
            let calls = plan.count(calls).min(users);
            level.note(&call::each(&level.callers, &customer, calls, &assign).await?);
        }
        let all = world::for_everyone(&customer, revoke.clone());
        batch::run_well(lab.clients(), all).await?;
    }
    let mut findings = Findings::default();
    findings.measure("batch", users, Unit::UsersPerSecond, &batches);
    for (level, (concurrency, calls, reach)) in levels.iter().zip(LEVELS) {
        let case = format!("one call per user, {concurrency} at a time");
        let calls = plan.count(calls);
        findings.measure(&case, calls, Unit::CallsPerSecond, &level.rates);
        findings.measure(format!("{case}, p50"), calls, Unit::Millis, &level.p50s);
        findings.measure(format!("{case}, p99"), calls, Unit::Millis, &level.p99s);
        findings.figure(
            format!("batch over {case}"),
            Unit::Times,
            &ratios(&batches, &level.rates),
            Reach::AtLeast(reach),
        );
    }
    if let [one, .., many] = levels.as_slice() {
        findings.figure(
            "64 callers over one",
            Unit::Times,
            &ratios(&many.rates, &one.rates),
            Reach::AtLeast(lab.either(10.0, 2.0)),
        );
    }
    Ok(findings)
}

struct Level {
    callers: Vec<Clients>,
    rates: Vec<f64>,
    p50s: Vec<f64>,
    p99s: Vec<f64>,
}

impl Level {
    async fn new(lab: &Lab, concurrency: usize) -> Result<Self, Error> {
        let mut callers = Vec::new();
        for _ in 0..concurrency {
            callers.push(lab.connect().await?);
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
