use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::median;
use crate::world::{self, Customer, Kind, Profile};
use crate::{Error, batch};

/// Products that everyone holds already.
const HELD: usize = 10;

/// What a user costs before and after the customer holds ten licenses for each.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab
        .customer(Profile {
            kind: Kind::Laden,
            ..Profile::plain(users)
        })
        .await?;
    let before = costs(lab, plan, &customer).await?;
    let assign = world::for_everyone(&customer, world::assign(0, HELD));
    batch::run_well(lab.clients(), assign).await?;
    let after = costs(lab, plan, &customer).await?;
    let revoke = world::for_everyone(&customer, world::revoke(0, HELD));
    batch::run_well(lab.clients(), revoke).await?;
    let mut findings = Findings::default();
    let held = users * HELD;
    let case = "assign 1 product, nothing held";
    findings.measure(case, users, Unit::MicrosPerUser, &before);
    let case = format!("assign 1 product, {held} licenses held");
    findings.measure(case, users, Unit::MicrosPerUser, &after);
    findings.figure(
        format!("cost per user with {held} licenses held, over none"),
        Unit::Times,
        &[median(&after) / median(&before)],
        Reach::AtMost(1.5),
    );
    Ok(findings)
}

async fn costs(lab: &Lab, plan: &Plan, customer: &Customer) -> Result<Vec<f64>, Error> {
    let mut costs = Vec::new();
    for _ in 0..plan.runs {
        lab.settle()?;
        let assign = world::for_everyone(customer, world::assign(HELD, 1));
        let timing = batch::run_well(lab.clients(), assign).await?;
        costs.push(1e6 / timing.rate());
        let revoke = world::for_everyone(customer, world::revoke(HELD, 1));
        batch::run_well(lab.clients(), revoke).await?;
    }
    Ok(costs)
}
