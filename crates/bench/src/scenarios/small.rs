use std::time::Instant;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::findings::{Findings, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::{millis, rate};
use crate::world::{self, Customer, Profile};
use crate::{Error, batch};

const CUSTOMERS: usize = 1_000;
const USERS: usize = 50;
/// Batches at a time.
const CONCURRENCY: usize = 32;

/// A small batch for each of many customers.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let mut customers = Vec::new();
    for number in 0..plan.count(CUSTOMERS) {
        customers.push(lab.customer(Profile::numbered(USERS, number)).await?);
    }
    let (mut rates, mut first, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        for change in [world::assign(0, 1), world::revoke(0, 1)] {
            let start = Instant::now();
            let timings = batches(lab, &customers, &change).await?;
            rates.push(rate(timings.len(), start.elapsed()));
            first.extend(timings.iter().map(|timing| millis(timing.first_result)));
            all.extend(timings.iter().map(|timing| millis(timing.last_result)));
        }
    }
    let mut findings = Findings::default();
    let case = format!("{} customers, {CONCURRENCY} at a time", customers.len());
    findings.measure(&case, USERS, Unit::BatchesPerSecond, &rates);
    findings.measure(format!("{case}, first result"), USERS, Unit::Millis, &first);
    findings.measure(format!("{case}, last result"), USERS, Unit::Millis, &all);
    Ok(findings)
}

async fn batches(
    lab: &Lab,
    customers: &[Customer],
    change: &seatkeeper_proto::v1::Change,
) -> Result<Vec<batch::Timing>, Error> {
    let clients = lab.clients();
    let batches = customers.iter().map(|customer| {
        let request = world::for_everyone(customer, change.clone());
        async move { batch::run_well(clients, request).await }
    });
    stream::iter(batches)
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await
}
