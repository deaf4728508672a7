use crate::call::Calls;
use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::{float, millis};
use crate::world::{self, Customer, Profile};
use crate::{Error, batch};

const CALLS_ALONE: usize = 2_000;

/// One call after the other, first alone, then beside a batch of the same customer.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab.customer(Profile::plain(users)).await?;
    let (mut alone, mut beside) = (Quantiles::default(), Quantiles::default());
    let mut chunks = Vec::new();
    for _ in 0..plan.runs {
        alone.note(&calls_alone(lab, plan, &customer).await?);
        let (calls, chunk_ms) = calls_beside_batch(lab, &customer).await?;
        beside.note(&calls);
        chunks.push(chunk_ms);
    }
    let mut findings = Findings::default();
    findings.measure("call alone, p50", users, Unit::Millis, &alone.p50s);
    findings.measure("call alone, p99", users, Unit::Millis, &alone.p99s);
    findings.measure(
        "call beside a batch, p50",
        users,
        Unit::Millis,
        &beside.p50s,
    );
    findings.measure(
        "call beside a batch, p99",
        users,
        Unit::Millis,
        &beside.p99s,
    );
    findings.measure("chunk of that batch", users, Unit::Millis, &chunks);
    let in_chunks: Vec<f64> = beside
        .p99s
        .iter()
        .zip(&chunks)
        .map(|(p99, chunk)| p99 / chunk)
        .collect();
    let name = format!("p99 of a call beside {users} users");
    findings.figure(&name, Unit::Millis, &beside.p99s, Reach::AtMost(50.0));
    findings.figure(
        format!("{name}, in chunks"),
        Unit::Times,
        &in_chunks,
        Reach::AtMost(2.0),
    );
    Ok(findings)
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

/// Gives users a product one by one and takes it back.
async fn calls_alone(lab: &Lab, plan: &Plan, customer: &Customer) -> Result<Calls, Error> {
    let mut calls = Calls::new()?;
    for change in [world::assign(1, 1), world::revoke(1, 1)] {
        for user in 0..plan.count(CALLS_ALONE).min(customer.users) {
            calls.call(lab.clients(), customer, user, &change).await?;
        }
    }
    Ok(calls)
}

/// The same while a batch gives everyone another product, and how long a chunk of it took.
async fn calls_beside_batch(lab: &Lab, customer: &Customer) -> Result<(Calls, f64), Error> {
    let mut calls = Calls::new()?;
    let clients = lab.connect().await?;
    calls
        .call(&clients, customer, 0, &world::assign(1, 1))
        .await?;
    let before = calls.journal_sequence;
    let assign = world::for_everyone(customer, world::assign(0, 1));
    let other = lab.connect().await?;
    let batch = tokio::spawn(async move { batch::run_well(&other, assign).await });
    let mut user = 1;
    while !batch.is_finished() {
        let number = user % customer.users;
        // Every user gets the product and, the next time round, loses it.
        let change = if (user / customer.users).is_multiple_of(2) {
            world::assign(1, 1)
        } else {
            world::revoke(1, 1)
        };
        calls.call(&clients, customer, number, &change).await?;
        user += 1;
    }
    let timing = batch.await??;
    let ours = i64::try_from(calls.count - 1)?;
    // One entry more says that the batch was accepted.
    let chunks = calls.journal_sequence - before - ours - 1;
    let working = timing.last_result.saturating_sub(timing.first_result);
    let chunk_ms = millis(working) / float(usize::try_from(chunks.max(2) - 1)?);
    for change in [world::revoke(0, 1), world::revoke(1, 1)] {
        batch::run_well(lab.clients(), world::for_everyone(customer, change)).await?;
    }
    Ok((calls, chunk_ms))
}
