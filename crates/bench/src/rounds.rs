//! The scenarios of a comparison of two builds, each as one short round. A round revokes every
//! license that it assigns.

mod followers;
mod throughput;
mod unary;

use futures::future::LocalBoxFuture;

use crate::Error;
use crate::environment::Environment;
use crate::protocol::{Figure, RoundRequest, Work};

/// Runs one round on the environment's database.
type Run =
    for<'a> fn(&'a mut Environment, &'a Work) -> LocalBoxFuture<'a, Result<Vec<Figure>, Error>>;

/// The rounds, by the scenario that each of them shortens.
const ALL: [(&str, Run); 3] = [
    ("throughput", |environment, work| {
        Box::pin(throughput::round(environment, work))
    }),
    ("unary", |environment, work| {
        Box::pin(unary::round(environment, work))
    }),
    ("followers", |environment, work| {
        Box::pin(followers::round(environment, work))
    }),
];

/// Whether a scenario has a round for comparisons.
pub(crate) fn is_compared(scenario: &str) -> bool {
    ALL.iter().any(|(name, _)| *name == scenario)
}

/// The named scenarios, or all scenarios with rounds when no name is given.
pub(crate) fn chosen(only: &[String]) -> Result<Vec<&'static str>, Error> {
    let names = ALL.map(|(name, _)| name);
    match only.iter().find(|scenario| !is_compared(scenario)) {
        Some(unknown) => Err(format!(
            "builds can't be compared by the scenario {unknown}; choose from {}",
            names.join(", ")
        )
        .into()),
        None => Ok(names
            .into_iter()
            .filter(|name| only.is_empty() || only.iter().any(|chosen| chosen == name))
            .collect()),
    }
}

/// Runs one round. Deferred work of the database finishes before the function returns, outside the
/// measured time, so that it does not run during the other server's turn.
pub(crate) async fn run(
    environment: &mut Environment,
    request: &RoundRequest,
) -> Result<Vec<Figure>, Error> {
    let scenario = ALL.iter().find(|(name, _)| *name == request.scenario);
    let (_, round) = scenario.ok_or("this driver has no such round")?;
    let figures = round(environment, &request.work).await?;
    environment.settle()?;
    environment.flush()?;
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_is_named_like_its_scenario() {
        let names = crate::scenario::names();
        assert!(ALL.iter().all(|(name, _)| names.contains(name)));
    }

    #[test]
    fn a_scenario_without_a_round_is_refused() {
        let error = chosen(&["planner".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("throughput, unary, followers"), "{error}");
    }

    #[test]
    fn all_rounds_run_unless_some_are_chosen() {
        assert_eq!(chosen(&[]).unwrap(), ["throughput", "unary", "followers"]);
        assert_eq!(chosen(&["unary".to_owned()]).unwrap(), ["unary"]);
    }
}
