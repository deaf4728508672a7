use std::time::Instant;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Unit};
use crate::series::{millis, rate};
use crate::workload::{self, Customer, Profile};
use crate::{Error, batch};

const CUSTOMERS: usize = 1_000;
const USERS: usize = 50;
/// Number of concurrent batches.
const CONCURRENCY: usize = 32;

/// A small batch for each of many customers.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let mut customers = Vec::new();
    for number in 0..plan.count(CUSTOMERS) {
        customers.push(
            environment
                .customer(Profile::numbered(USERS, number))
                .await?,
        );
    }
    let (mut rates, mut first, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        for change in [workload::assign(0, 1), workload::revoke(0, 1)] {
            let start = Instant::now();
            let timings = batches(environment, &customers, &change).await?;
            rates.push(rate(timings.len(), start.elapsed()));
            first.extend(timings.iter().map(|timing| millis(timing.first_result)));
            all.extend(timings.iter().map(|timing| millis(timing.last_result)));
        }
    }
    let mut results = ScenarioResults::default();
    let case = format!("{} customers, {CONCURRENCY} at a time", customers.len());
    results.measure(&case, USERS, Unit::BatchesPerSecond, &rates);
    results.measure(format!("{case}, first result"), USERS, Unit::Millis, &first);
    results.measure(format!("{case}, last result"), USERS, Unit::Millis, &all);
    Ok(results)
}

async fn batches(
    environment: &Environment,
    customers: &[Customer],
    change: &seatkeeper_proto::v1::Change,
) -> Result<Vec<batch::Timing>, Error> {
    let clients = environment.clients();
    let batches = customers.iter().map(|customer| {
        let request = workload::for_everyone(customer, change.clone());
        async move { batch::run_well(clients, request).await }
    });
    stream::iter(batches)
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await
}
