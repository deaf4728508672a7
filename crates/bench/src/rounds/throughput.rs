use std::time::Duration;

use crate::environment::Environment;
use crate::protocol::{Figure, Work};
use crate::scenario_results::Unit;
use crate::series::rate;
use crate::workload::{self, Profile};
use crate::{Error, batch};

/// Batches that assign one product to all users, alternating with batches that revoke it.
pub(super) async fn round(
    environment: &mut Environment,
    work: &Work,
) -> Result<Vec<Figure>, Error> {
    let customer = environment.customer(Profile::plain(work.users)).await?;
    let clients = environment.connect().await?;
    let mut cases = [
        ("assign 1 product", workload::assign(0, 1), Duration::ZERO),
        ("revoke 1 product", workload::revoke(0, 1), Duration::ZERO),
    ];
    for _ in 0..work.batches {
        for (_, change, time) in &mut cases {
            let request = workload::for_everyone(&customer, change.clone());
            *time += batch::run_well(&clients, request).await?.last_result;
        }
    }
    let users = work.users * work.batches;
    let figures = cases
        .into_iter()
        .map(|(case, _, time)| Figure::rate(case, rate(users, time), Unit::UsersPerSecond));
    Ok(figures.collect())
}
