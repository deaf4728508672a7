use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::{median, ratios};
use crate::workload::{self, Profile};
use crate::{Error, batch};

const SMALL_USERS: usize = 10_000;

/// The peak memory of a new server that runs batches of one size.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let mut results = ScenarioResults::default();
    let mut by_size = Vec::new();
    for &users in &plan.sizes {
        let customer = environment.customer(Profile::plain(users)).await?;
        let mut peaks = Vec::new();
        for _ in 0..plan.runs {
            environment.restart().await?;
            environment.server().reset_peak_memory()?;
            for change in [workload::assign(0, 2), workload::revoke(0, 2)] {
                let request = workload::for_everyone(&customer, change);
                batch::run_well(environment.clients(), request).await?;
            }
            peaks.push(mebibytes(environment.server().peak_memory_bytes()?));
        }
        results.measure("server's peak memory", users, Unit::Mebibytes, &peaks);
        by_size.push((users, peaks));
    }
    let highest = by_size.iter().map(|(_, peaks)| median(peaks));
    let highest = highest.fold(0.0, f64::max);
    let name = "server's peak memory at any size";
    results.figure(name, Unit::Mebibytes, &[highest], Target::AtMost(150.0));
    let small = by_size.iter().find(|(users, _)| *users == SMALL_USERS);
    if let (Some((small_users, small)), Some((large_users, large))) = (small, by_size.last()) {
        let name = format!("peak memory, {large_users} over {small_users}");
        results.figure(
            name,
            Unit::Times,
            &ratios(large, small),
            Target::AtMost(1.2),
        );
    }
    Ok(results)
}

#[expect(clippy::cast_precision_loss, reason = "memory sizes far below 2^53")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
