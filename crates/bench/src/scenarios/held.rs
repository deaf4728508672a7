use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::median;
use crate::workload::{self, Customer, Kind, Profile};
use crate::{Error, batch};

/// Number of products that all users already hold.
const HELD: usize = 10;

/// The cost per user before and after all users hold ten licenses each.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment
        .customer(Profile {
            kind: Kind::Laden,
            ..Profile::plain(users)
        })
        .await?;
    let before = costs(environment, plan, &customer).await?;
    let assign = workload::for_everyone(&customer, workload::assign(0, HELD));
    batch::run_well(environment.clients(), assign).await?;
    let after = costs(environment, plan, &customer).await?;
    let revoke = workload::for_everyone(&customer, workload::revoke(0, HELD));
    batch::run_well(environment.clients(), revoke).await?;
    let mut results = ScenarioResults::default();
    let held = users * HELD;
    let case = "assign 1 product, nothing held";
    results.measure(case, users, Unit::MicrosPerUser, &before);
    let case = format!("assign 1 product, {held} licenses held");
    results.measure(case, users, Unit::MicrosPerUser, &after);
    results.figure(
        format!("cost per user with {held} licenses held, over none"),
        Unit::Times,
        &[median(&after) / median(&before)],
        Target::AtMost(1.5),
    );
    Ok(results)
}

async fn costs(
    environment: &Environment,
    plan: &Plan,
    customer: &Customer,
) -> Result<Vec<f64>, Error> {
    let mut costs = Vec::new();
    for _ in 0..plan.runs {
        environment.settle()?;
        let assign = workload::for_everyone(customer, workload::assign(HELD, 1));
        let timing = batch::run_well(environment.clients(), assign).await?;
        costs.push(1e6 / timing.rate());
        let revoke = workload::for_everyone(customer, workload::revoke(HELD, 1));
        batch::run_well(environment.clients(), revoke).await?;
    }
    Ok(costs)
}
