use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::millis;
use crate::world::{self, Profile};
use crate::{Error, batch};

/// Results of a finished batch, from the first one on.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab.customer(Profile::plain(users)).await?;
    let assign = world::for_everyone(&customer, world::assign(0, 1));
    let batch = batch::run_well(lab.clients(), assign).await?.batch;
    let (mut rates, mut first) = (Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let timing = batch::follow(lab.clients(), &batch).await?;
        rates.push(timing.rate());
        first.push(millis(timing.first_result));
    }
    let revoke = world::for_everyone(&customer, world::revoke(0, 1));
    batch::run_well(lab.clients(), revoke).await?;
    let mut findings = Findings::default();
    findings.measure("replay", users, Unit::UsersPerSecond, &rates);
    findings.measure("replay, first result", users, Unit::Millis, &first);
    let name = format!("replay of {users} users");
    findings.figure(name, Unit::UsersPerSecond, &rates, Reach::AtLeast(1e6));
    Ok(findings)
}
