use std::time::{Duration, Instant};

use futures::future::try_join_all;
use seatkeeper_proto::v1::BatchUpdateLicensesRequest;

use crate::clients::Clients;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Unit};
use crate::series::{millis, rate};
use crate::workload::{self, Profile};
use crate::{Error, batch};

const FOLLOWERS: usize = 100;
/// Followers per connection.
const FOLLOWERS_PER_CONNECTION: usize = 10;
const USERS: usize = 100_000;

/// A batch with one caller and many followers.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = USERS.min(plan.largest());
    let customer = environment.customer(Profile::plain(users)).await?;
    let followers = connections(environment, plan.count(FOLLOWERS)).await?;
    let (mut own, mut last, mut delivered) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        for change in [workload::assign(0, 1), workload::revoke(0, 1)] {
            let request = workload::for_everyone(&customer, change);
            let followed = run_followed(environment.clients(), &followers, request).await?;
            own.push(millis(followed.own_last_result));
            last.push(millis(followed.last_result));
            delivered.push(rate(followed.results, followed.last_result));
        }
    }
    let mut results = ScenarioResults::default();
    let case = format!("{} followers", followers.len());
    results.measure(
        format!("{case}, the caller's last result"),
        users,
        Unit::Millis,
        &own,
    );
    results.measure(
        format!("{case}, last result of all"),
        users,
        Unit::Millis,
        &last,
    );
    results.measure(
        format!("{case}, results delivered"),
        users,
        Unit::UsersPerSecond,
        &delivered,
    );
    Ok(results)
}

/// Times and counts of a batch with followers, measured from the start of the request.
pub(crate) struct Followed {
    /// Number of results that the caller and all followers received.
    pub(crate) results: usize,
    /// Time until the caller's last result.
    own_last_result: Duration,
    /// Time until the last result of the caller and all followers.
    pub(crate) last_result: Duration,
}

/// Clients for at least this many followers, [`FOLLOWERS_PER_CONNECTION`] per connection.
pub(crate) async fn connections(
    environment: &Environment,
    followers: usize,
) -> Result<Vec<Clients>, Error> {
    let mut clients = Vec::new();
    for _ in 0..followers.div_ceil(FOLLOWERS_PER_CONNECTION) {
        let connection = environment.connect().await?;
        clients.extend(std::iter::repeat_n(connection, FOLLOWERS_PER_CONNECTION));
    }
    Ok(clients)
}

/// Runs a batch that these clients follow, and reads all results of all clients.
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
