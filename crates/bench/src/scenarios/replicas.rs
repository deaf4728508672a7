use super::customers::{customer, in_parallel};
use crate::Error;
use crate::clients::Clients;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Unit};
use crate::server::Server;

const SERVERS_MAX: usize = 3;
const CUSTOMERS: usize = 8;
const USERS: usize = 20_000;

/// Concurrent customers, distributed over the servers of one database.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.count(USERS);
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        customers.push(customer(environment, users, number).await?);
    }
    let mut urls = vec![environment.server().url().to_owned()];
    let others = (1..SERVERS_MAX).map(|_| environment.another_server());
    let others = others.collect::<Result<Vec<Server>, Error>>()?;
    urls.extend(others.iter().map(|server| server.url().to_owned()));
    let mut results = ScenarioResults::default();
    for count in 1..=SERVERS_MAX {
        let mut parties = Vec::new();
        for (url, customer) in urls.iter().take(count).cycle().zip(&customers) {
            parties.push((Clients::connect(url).await?, customer.clone()));
        }
        let mut rates = Vec::new();
        for _ in 0..plan.runs {
            rates.push(in_parallel(&parties).await?);
        }
        let case = format!("{CUSTOMERS} customers over {count} servers");
        results.measure(case, users, Unit::UsersPerSecond, &rates);
    }
    Ok(results)
}
