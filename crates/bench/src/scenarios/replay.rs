use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::millis;
use crate::workload::{self, Profile};
use crate::{Error, batch};

/// Reads the results of a finished batch from the first one.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment.customer(Profile::plain(users)).await?;
    let assign = workload::for_everyone(&customer, workload::assign(0, 1));
    let batch = batch::run_well(environment.clients(), assign).await?.batch;
    let (mut rates, mut first) = (Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let timing = batch::follow(environment.clients(), &batch).await?;
        rates.push(timing.rate());
        first.push(millis(timing.first_result));
    }
    let revoke = workload::for_everyone(&customer, workload::revoke(0, 1));
    batch::run_well(environment.clients(), revoke).await?;
    let mut results = ScenarioResults::default();
    results.measure("replay", users, Unit::UsersPerSecond, &rates);
    results.measure("replay, first result", users, Unit::Millis, &first);
    let name = format!("replay of {users} users");
    results.figure(name, Unit::UsersPerSecond, &rates, Target::AtLeast(1e6));
    Ok(results)
}
