use std::time::Instant;

use futures::future::try_join_all;
use seatkeeper_proto::v1::Change;

use crate::Error;
use crate::batch::{self, Timing};
use crate::clients::Clients;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::{rate, ratios};
use crate::workload::{self, Customer, Profile};

const COUNTS: [usize; 4] = [1, 2, 8, 32];

/// Users of each customer's batch.
const USERS: usize = 20_000;

/// The same batch for an increasing number of concurrent customers.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.count(USERS);
    let mut parties = Vec::new();
    for number in 0..COUNTS[COUNTS.len() - 1] {
        parties.push((
            environment.connect().await?,
            customer(environment, users, number).await?,
        ));
    }
    // Fills the tables with licenses of other customers. Otherwise a single customer's licenses are
    // the last of their table, where inserts are cheapest.
    all(&parties, || workload::assign(1, 1)).await?;
    let mut rates = COUNTS.map(|_| Vec::new());
    for _ in 0..plan.runs {
        for (rates, count) in rates.iter_mut().zip(COUNTS) {
            rates.push(in_parallel(&parties[..count]).await?);
        }
    }
    all(&parties, || workload::revoke(1, 1)).await?;
    let mut results = ScenarioResults::default();
    for (rates, count) in rates.iter().zip(COUNTS) {
        let case = format!("{count} customers in parallel");
        results.measure(case, users, Unit::UsersPerSecond, rates);
    }
    let [one, .., most] = &rates;
    let target = Target::AtLeast(environment.either(0.9, 1.2));
    results.figure(
        "32 customers over one",
        Unit::Times,
        &ratios(most, one),
        target,
    );
    Ok(results)
}

/// The customers of concurrent batches, distinct from the customer that other scenarios share.
pub(super) async fn customer(
    environment: &mut Environment,
    users: usize,
    number: usize,
) -> Result<Customer, Error> {
    environment
        .customer(Profile::numbered(users, number + 1))
        .await
}

/// Users per second over all customers, from the first request to the last result.
pub(super) async fn in_parallel(parties: &[(Clients, Customer)]) -> Result<f64, Error> {
    let start = Instant::now();
    let timings = all(parties, || workload::assign(0, 1)).await?;
    let time = start.elapsed();
    all(parties, || workload::revoke(0, 1)).await?;
    Ok(rate(timings.iter().map(|timing| timing.users).sum(), time))
}

/// Applies the same change to all users of all customers concurrently.
async fn all(
    parties: &[(Clients, Customer)],
    change: fn() -> Change,
) -> Result<Vec<Timing>, Error> {
    try_join_all(parties.iter().map(|(clients, customer)| {
        let (clients, customer) = (clients.clone(), customer.clone());
        async move {
            let request = workload::for_everyone(&customer, change());
            // One task per batch: a single task that decodes all results would be the bottleneck.
            tokio::spawn(async move { batch::run_well(&clients, request).await }).await?
        }
    }))
    .await
}
