use std::time::Instant;

use seatkeeper_proto::v1::{AllUsers, SummarizeLicensesRequest, UserSelector, user_selector};

use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::millis;
use crate::world::{self, Customer, PRODUCT_COUNT, Profile};
use crate::{Error, batch};

/// Products that everyone holds.
const HELD: usize = 2;

/// What a page for managing licenses asks for first: who of everyone holds what.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab.customer(Profile::plain(users)).await?;
    let assign = world::for_everyone(&customer, world::assign(0, HELD));
    batch::run_well(lab.clients(), assign).await?;
    let summaries = summaries(lab, plan, &customer).await;
    let revoke = world::for_everyone(&customer, world::revoke(0, HELD));
    batch::run_well(lab.clients(), revoke).await?;
    let times = summaries?;
    let mut findings = Findings::default();
    let name = format!("summary over {users} users and {PRODUCT_COUNT} products");
    findings.measure(&name, users, Unit::Millis, &times);
    findings.figure(name, Unit::Millis, &times, Reach::AtMost(1_000.0));
    Ok(findings)
}

async fn summaries(lab: &Lab, plan: &Plan, customer: &Customer) -> Result<Vec<f64>, Error> {
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
        let answer = lab.clients().licenses().summarize_licenses(request).await?;
        times.push(millis(start.elapsed()));
        let answer = answer.into_inner();
        if answer.summaries.len() != PRODUCT_COUNT
            || usize::try_from(answer.user_count)? != customer.users
        {
            return Err("the summary leaves something out".into());
        }
    }
    Ok(times)
}
