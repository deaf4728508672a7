use std::time::Duration;

use crate::Error;
use crate::environment::Environment;
use crate::protocol::{Figure, Work};
use crate::scenario_results::Unit;
use crate::scenarios::followers::{connections, run_followed};
use crate::series::rate;
use crate::workload::{self, Profile};

/// An assigning and a revoking batch, each with many followers.
pub(super) async fn round(
    environment: &mut Environment,
    work: &Work,
) -> Result<Vec<Figure>, Error> {
    let customer = environment
        .customer(Profile::plain(work.followed_users))
        .await?;
    let clients = environment.connect().await?;
    let followers = connections(environment, work.followers).await?;
    let (mut results, mut time) = (0, Duration::ZERO);
    for change in [workload::assign(0, 1), workload::revoke(0, 1)] {
        let request = workload::for_everyone(&customer, change);
        let followed = run_followed(&clients, &followers, request).await?;
        results += followed.results;
        time += followed.last_result;
    }
    let case = format!("{} followers, results received", followers.len());
    let value = rate(results, time);
    Ok(vec![Figure::rate(case, value, Unit::UsersPerSecond)])
}
