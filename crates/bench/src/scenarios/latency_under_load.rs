use crate::call::Calls;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::{float, millis};
use crate::workload::{self, Customer, Profile};
use crate::{Error, batch};

const CALLS_ALONE: usize = 2_000;

/// Sequential calls, first alone, then during a batch of the same customer.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment.customer(Profile::plain(users)).await?;
    let (mut alone, mut under_load) = (Quantiles::default(), Quantiles::default());
    let mut chunks = Vec::new();
    for _ in 0..plan.runs {
        alone.note(&calls_alone(environment, plan, &customer).await?);
        let (calls, chunk_ms) = calls_under_load(environment, &customer).await?;
        under_load.note(&calls);
        chunks.push(chunk_ms);
    }
    let mut results = ScenarioResults::default();
    results.measure("call alone, p50", users, Unit::Millis, &alone.p50s);
    results.measure("call alone, p99", users, Unit::Millis, &alone.p99s);
    results.measure(
        "call during a batch, p50",
        users,
        Unit::Millis,
        &under_load.p50s,
    );
    results.measure(
        "call during a batch, p99",
        users,
        Unit::Millis,
        &under_load.p99s,
    );
    results.measure("chunk of that batch", users, Unit::Millis, &chunks);
    let in_chunks: Vec<f64> = under_load
        .p99s
        .iter()
        .zip(&chunks)
        .map(|(p99, chunk)| p99 / chunk)
        .collect();
    let name = format!("p99 of a call with a batch of {users} users");
    results.figure(&name, Unit::Millis, &under_load.p99s, Target::AtMost(50.0));
    results.figure(
        format!("{name}, in chunks"),
        Unit::Times,
        &in_chunks,
        Target::AtMost(2.0),
    );
    Ok(results)
}

#[derive(Default)]
struct Quantiles {
    p50s: Vec<f64>,
    p99s: Vec<f64>,
}

impl Quantiles {
    fn note(&mut self, calls: &Calls) {
        self.p50s.push(calls.quantile_ms(0.5));
        self.p99s.push(calls.quantile_ms(0.99));
    }
}

/// Assigns a product to users one by one, and revokes it.
async fn calls_alone(
    environment: &Environment,
    plan: &Plan,
    customer: &Customer,
) -> Result<Calls, Error> {
    let mut calls = Calls::new()?;
    for change in [workload::assign(1, 1), workload::revoke(1, 1)] {
        for user in 0..plan.count(CALLS_ALONE).min(customer.users) {
            calls
                .call(environment.clients(), customer, user, &change)
                .await?;
        }
    }
    Ok(calls)
}

/// Makes calls during a batch that assigns another product to all users. Also returns the time per
/// chunk of the batch.
async fn calls_under_load(
    environment: &Environment,
    customer: &Customer,
) -> Result<(Calls, f64), Error> {
    let mut calls = Calls::new()?;
    let clients = environment.connect().await?;
    calls
        .call(&clients, customer, 0, &workload::assign(1, 1))
        .await?;
    let before = calls.journal_sequence;
    let assign = workload::for_everyone(customer, workload::assign(0, 1));
    let other = environment.connect().await?;
    let batch = tokio::spawn(async move { batch::run_well(&other, assign).await });
    let mut user = 1;
    while !batch.is_finished() {
        let number = user % customer.users;
        // Each user gets the product in the first pass and loses it in the second.
        let change = if (user / customer.users).is_multiple_of(2) {
            workload::assign(1, 1)
        } else {
            workload::revoke(1, 1)
        };
        calls.call(&clients, customer, number, &change).await?;
        user += 1;
    }
    let timing = batch.await??;
    let ours = i64::try_from(calls.count - 1)?;
    // One additional entry records that the batch was accepted.
    let chunks = calls.journal_sequence - before - ours - 1;
    let working = timing.last_result.saturating_sub(timing.first_result);
    let chunk_ms = millis(working) / float(usize::try_from(chunks.max(2) - 1)?);
    for change in [workload::revoke(0, 1), workload::revoke(1, 1)] {
        batch::run_well(
            environment.clients(),
            workload::for_everyone(customer, change),
        )
        .await?;
    }
    Ok((calls, chunk_ms))
}
