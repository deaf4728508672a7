use std::time::Instant;

use seatkeeper_proto::v1::{AllUsers, SummarizeLicensesRequest, UserSelector, user_selector};

use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::millis;
use crate::workload::{self, Customer, PRODUCT_COUNT, Profile};
use crate::{Error, batch};

/// Number of products that all users hold.
const HELD: usize = 2;

/// The first call of a page for license management: license counts over all users.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment.customer(Profile::plain(users)).await?;
    let assign = workload::for_everyone(&customer, workload::assign(0, HELD));
    batch::run_well(environment.clients(), assign).await?;
    let summaries = summaries(environment, plan, &customer).await;
    let revoke = workload::for_everyone(&customer, workload::revoke(0, HELD));
    batch::run_well(environment.clients(), revoke).await?;
    let times = summaries?;
    let mut results = ScenarioResults::default();
    let name = format!("summary over {users} users and {PRODUCT_COUNT} products");
    results.measure(&name, users, Unit::Millis, &times);
    results.figure(name, Unit::Millis, &times, Target::AtMost(1_000.0));
    Ok(results)
}

async fn summaries(
    environment: &Environment,
    plan: &Plan,
    customer: &Customer,
) -> Result<Vec<f64>, Error> {
    let mut times = Vec::new();
    for _ in 0..plan.runs {
        let request = SummarizeLicensesRequest {
            parent: customer.name.clone(),
            selection: Some(UserSelector {
                kind: Some(user_selector::Kind::AllUsers(AllUsers {})),
            }),
            ..SummarizeLicensesRequest::default()
        };
        let start = Instant::now();
        let answer = environment
            .clients()
            .licenses()
            .summarize_licenses(request)
            .await?;
        times.push(millis(start.elapsed()));
        let answer = answer.into_inner();
        if answer.summaries.len() != PRODUCT_COUNT
            || usize::try_from(answer.user_count)? != customer.users
        {
            return Err("the summary lacks products or users".into());
        }
    }
    Ok(times)
}
