use std::time::Instant;

use futures::future::try_join_all;

use crate::clients::Clients;
use crate::findings::{Findings, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::{millis, rate};
use crate::world::{self, Profile};
use crate::{Error, batch};

const FOLLOWERS: usize = 100;
/// Followers of one connection.
const FOLLOWERS_PER_CONNECTION: usize = 10;
const USERS: usize = 100_000;

/// A batch that one caller started and many others follow.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = USERS.min(plan.largest());
    let customer = lab.customer(Profile::plain(users)).await?;
    let mut connections = Vec::new();
    for _ in 0..plan.count(FOLLOWERS).div_ceil(FOLLOWERS_PER_CONNECTION) {
        connections.push(lab.connect().await?);
    }
    let followers: Vec<Clients> = connections
        .iter()
        .flat_map(|clients| std::iter::repeat_n(clients.clone(), FOLLOWERS_PER_CONNECTION))
        .collect();
    let (mut own, mut last, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        for change in [world::assign(0, 1), world::revoke(0, 1)] {
            let start = Instant::now();
            let request = world::for_everyone(&customer, change);
            let (name, stream) = batch::start(lab.clients(), request).await?;
            let others =
                try_join_all(followers.iter().map(|clients| {
                    let (clients, name) = (clients.clone(), name.clone());
                    async move {
                        tokio::spawn(async move { batch::follow(&clients, &name).await }).await?
                    }
                }));
            let (first, others) = tokio::try_join!(batch::read(start, stream), others)?;
            own.push(millis(first.last_result));
            last.push(millis(start.elapsed()));
            let results = first.users * (others.len() + 1);
            told.push(rate(results, start.elapsed()));
        }
    }
    let mut findings = Findings::default();
    let case = format!("{} followers", followers.len());
    findings.measure(
        format!("{case}, the caller's last result"),
        users,
        Unit::Millis,
        &own,
    );
    findings.measure(
        format!("{case}, everyone's last result"),
        users,
        Unit::Millis,
        &last,
    );
    findings.measure(
        format!("{case}, results told"),
        users,
        Unit::UsersPerSecond,
        &told,
    );
    Ok(findings)
}
