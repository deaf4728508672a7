use std::time::{Duration, Instant};

use futures::future::try_join_all;
use seatkeeper_proto::v1::BatchUpdateLicensesRequest;

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
    let followers = connections(lab, plan.count(FOLLOWERS)).await?;
    let (mut own, mut last, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        for change in [world::assign(0, 1), world::revoke(0, 1)] {
            let request = world::for_everyone(&customer, change);
            let followed = run_followed(lab.clients(), &followers, request).await?;
            own.push(millis(followed.own_last_result));
            last.push(millis(followed.last_result));
            told.push(rate(followed.results, followed.last_result));
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

/// How a batch that was followed went, from the moment it was asked for.
pub(crate) struct Followed {
    /// Results that the caller and all followers received.
    pub(crate) results: usize,
    /// When the caller had its last result.
    own_last_result: Duration,
    /// When the caller and all followers had theirs.
    pub(crate) last_result: Duration,
}

/// A client for each of at least this many followers, [`FOLLOWERS_PER_CONNECTION`] a connection.
pub(crate) async fn connections(lab: &Lab, followers: usize) -> Result<Vec<Clients>, Error> {
    let mut clients = Vec::new();
    for _ in 0..followers.div_ceil(FOLLOWERS_PER_CONNECTION) {
        let connection = lab.connect().await?;
        clients.extend(std::iter::repeat_n(connection, FOLLOWERS_PER_CONNECTION));
    }
    Ok(clients)
}

/// Runs a batch that these clients follow, and reads every result of all of them.
pub(crate) async fn run_followed(
    clients: &Clients,
    followers: &[Clients],
    request: BatchUpdateLicensesRequest,
) -> Result<Followed, Error> {
    let start = Instant::now();
    let (name, stream) = batch::start(clients, request).await?;
    let others = try_join_all(followers.iter().map(|clients| {
        let (clients, name) = (clients.clone(), name.clone());
        async move { tokio::spawn(async move { batch::follow(&clients, &name).await }).await? }
    }));
    let (first, others) = tokio::try_join!(batch::read(start, stream), others)?;
    first.clone().without_failures()?;
    Ok(Followed {
        results: first.users * (others.len() + 1),
        own_last_result: first.last_result,
        last_result: start.elapsed(),
    })
}
