use seatkeeper_proto::v1::{UserList, user_selector};

use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Unit};
use crate::workload::{self, Profile};
use crate::{Error, batch};

/// Number of users in a list: the maximum of a request.
const LISTED_USERS: usize = 100_000;

/// A batch of listed users that are spread over a large customer, whose users hold a license each.
/// In the order of the directory, neighbors share database pages; in another order they don't.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment.customer(Profile::plain(users)).await?;
    let hold = workload::for_everyone(&customer, workload::assign(1, 1));
    batch::run_well(environment.clients(), hold).await?;

    let listed = LISTED_USERS.min(users);
    let ordered: Vec<String> = (0..listed)
        .map(|index| customer.user(index * users / listed))
        .collect();
    let mut scattered = ordered.clone();
    // The digits of a GUID are independent of the user's position, so sorting by them scatters
    // users.
    scattered.sort_unstable();

    let mut results = ScenarioResults::default();
    for (order, names) in [("directory order", ordered), ("another order", scattered)] {
        let list = user_selector::Kind::Users(UserList { names });
        let (mut assigned, mut revoked) = (Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            for (change, rates) in [
                (workload::assign(0, 1), &mut assigned),
                (workload::revoke(0, 1), &mut revoked),
            ] {
                let request = workload::for_selected(&customer, change, list.clone());
                rates.push(
                    batch::run_well(environment.clients(), request)
                        .await?
                        .rate(),
                );
            }
        }
        for (work, rates) in [("assign", assigned), ("revoke", revoked)] {
            let case = format!("{work}, {order}");
            results.measure(case, listed, Unit::UsersPerSecond, &rates);
        }
    }

    let give_back = workload::for_everyone(&customer, workload::revoke(1, 1));
    batch::run_well(environment.clients(), give_back).await?;
    Ok(results)
}
