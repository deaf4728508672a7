use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::{median, ratios};
use crate::workload::{self, Customer, Profile};
use crate::{Error, batch};

/// The reference batch size.
const SMALL_USERS: usize = 10_000;

/// Number of small batches per large batch, because a single small batch takes too little time.
const SMALL_BATCHES: usize = 9;

/// The cost per user in a small batch and in the largest.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let large_users = plan.largest();
    let small_users = SMALL_USERS.min(large_users);
    let small = environment.customer(Profile::plain(small_users)).await?;
    let large = environment.customer(Profile::plain(large_users)).await?;
    let (mut small_costs, mut large_costs) = (Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let mut costs = Vec::new();
        for _ in 0..SMALL_BATCHES {
            costs.push(cost(environment, &small).await?);
        }
        small_costs.push(median(&costs));
        large_costs.push(cost(environment, &large).await?);
    }
    let mut results = ScenarioResults::default();
    results.measure(
        "assign 1 product",
        small_users,
        Unit::MicrosPerUser,
        &small_costs,
    );
    results.measure(
        "assign 1 product",
        large_users,
        Unit::MicrosPerUser,
        &large_costs,
    );
    results.figure(
        format!("cost per user, {large_users} over {small_users}"),
        Unit::Times,
        &ratios(&large_costs, &small_costs),
        Target::AtMost(1.15),
    );
    Ok(results)
}

/// Microseconds per user in an assigning batch; a second batch revokes the licenses.
async fn cost(environment: &Environment, customer: &Customer) -> Result<f64, Error> {
    let assign = workload::for_everyone(customer, workload::assign(0, 1));
    let timing = batch::run_well(environment.clients(), assign).await?;
    let revoke = workload::for_everyone(customer, workload::revoke(0, 1));
    batch::run_well(environment.clients(), revoke).await?;
    Ok(1e6 / timing.rate())
}
