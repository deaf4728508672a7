use std::time::Duration;

use crate::clients::Clients;
use crate::environment::Environment;
use crate::protocol::{Figure, Work};
use crate::scenario_results::Unit;
use crate::series::rate;
use crate::workload::{self, Customer, Profile};
use crate::{Error, call};

/// One call per user, by a single caller and by many concurrent callers.
pub(super) async fn round(
    environment: &mut Environment,
    work: &Work,
) -> Result<Vec<Figure>, Error> {
    let customer = environment.customer(Profile::plain(work.users)).await?;
    let mut figures = Vec::new();
    for (callers, calls) in [(1, work.calls_alone), (work.callers, work.calls_together)] {
        let mut connections = Vec::new();
        for _ in 0..callers {
            connections.push(environment.connect().await?);
        }
        let value = calls_per_second(&connections, &customer, calls).await?;
        let case = format!("one call per user, {callers} at a time");
        figures.push(Figure::rate(case, value, Unit::CallsPerSecond));
    }
    Ok(figures)
}

/// Assigns a product to `calls` users with one call each, and revokes it the same way. Returns
/// calls per second.
async fn calls_per_second(
    callers: &[Clients],
    customer: &Customer,
    calls: usize,
) -> Result<f64, Error> {
    let (mut count, mut time) = (0, Duration::ZERO);
    for change in [workload::assign(0, 1), workload::revoke(0, 1)] {
        let done = call::each(callers, customer, calls.min(customer.users), &change).await?;
        count += done.count;
        time += done.time;
    }
    Ok(rate(count, time))
}
