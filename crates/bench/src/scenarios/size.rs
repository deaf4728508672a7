use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::{median, ratios};
use crate::world::{self, Customer, Profile};
use crate::{Error, batch};

/// The size that others are compared with.
const SMALL_USERS: usize = 10_000;

/// Batches of the small size for each of the largest: one alone is over too soon.
const SMALL_BATCHES: usize = 9;

/// What a user costs in a small batch and in the largest.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let large_users = plan.largest();
    let small_users = SMALL_USERS.min(large_users);
    let small = lab.customer(Profile::plain(small_users)).await?;
    let large = lab.customer(Profile::plain(large_users)).await?;
    let (mut small_costs, mut large_costs) = (Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let mut costs = Vec::new();
        for _ in 0..SMALL_BATCHES {
            costs.push(cost(lab, &small).await?);
        }
        small_costs.push(median(&costs));
        large_costs.push(cost(lab, &large).await?);
    }
    let mut findings = Findings::default();
    findings.measure(
        "assign 1 product",
        small_users,
        Unit::MicrosPerUser,
        &small_costs,
    );
    findings.measure(
        "assign 1 product",
        large_users,
        Unit::MicrosPerUser,
        &large_costs,
    );
    findings.figure(
        format!("cost per user, {large_users} over {small_users}"),
        Unit::Times,
        &ratios(&large_costs, &small_costs),
        Reach::AtMost(1.15),
    );
    Ok(findings)
}

/// Microseconds a user, in a batch after which nobody holds anything.
async fn cost(lab: &Lab, customer: &Customer) -> Result<f64, Error> {
    let assign = world::for_everyone(customer, world::assign(0, 1));
    let timing = batch::run_well(lab.clients(), assign).await?;
    let revoke = world::for_everyone(customer, world::revoke(0, 1));
    batch::run_well(lab.clients(), revoke).await?;
    Ok(1e6 / timing.rate())
}
