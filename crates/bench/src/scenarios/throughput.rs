use crate::environment::Environment;
use crate::plan::Plan;
use crate::raw_database::Way;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::{float, median, millis, ratios};
use crate::workload::{self, Customer, Kind, Profile};
use crate::{Error, batch};

/// The smallest batch size for the targets.
const COMPARED_USERS_MIN: usize = 100_000;

/// Batches of every size, each compared with a run of the raw database.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let mut results = ScenarioResults::default();
    for &users in &plan.sizes {
        let able = environment.customer(Profile::plain(users)).await?;
        let mixed = environment
            .customer(Profile {
                kind: Kind::Mixed,
                ..Profile::plain(users)
            })
            .await?;
        let mut cases = Cases::default();
        for _ in 0..plan.runs {
            environment.settle()?;
            let raw_database = environment.raw_database().await?;
            for Way {
                name,
                users_per_second,
            } in raw_database.write(users).await?
            {
                cases.note(name, users_per_second);
            }
            environment.settle()?;
            plain_batches(environment, &able, &mut cases).await?;
            mixed_batches(environment, &mixed, &mut cases).await?;
        }
        cases.report(environment, users, plan, &mut results);
    }
    Ok(results)
}

const ASSIGN_ONE: &str = "assign 1 product";

/// Rates by case, in the order of the runs.
#[derive(Default)]
struct Cases {
    rates: Vec<(&'static str, Vec<f64>)>,
    first_results: Vec<f64>,
}

impl Cases {
    fn note(&mut self, case: &'static str, users_per_second: f64) {
        match self.rates.iter_mut().find(|(known, _)| *known == case) {
            Some((_, rates)) => rates.push(users_per_second),
            None => self.rates.push((case, vec![users_per_second])),
        }
    }

    fn of(&self, case: &str) -> &[f64] {
        let found = self.rates.iter().find(|(known, _)| *known == case);
        found.map_or(&[], |(_, rates)| rates)
    }

    /// The rates of the fastest raw database method.
    fn raw_database(&self) -> &[f64] {
        let raw = self
            .rates
            .iter()
            .filter(|(name, _)| name.starts_with("raw database"));
        raw.max_by(|(_, one), (_, other)| median(one).total_cmp(&median(other)))
            .map_or(&[], |(_, rates)| rates)
    }

    fn report(
        &self,
        environment: &Environment,
        users: usize,
        plan: &Plan,
        results: &mut ScenarioResults,
    ) {
        for (case, rates) in &self.rates {
            results.measure(*case, users, Unit::UsersPerSecond, rates);
        }
        results.measure(
            format!("{ASSIGN_ONE}, first result"),
            users,
            Unit::Millis,
            &self.first_results,
        );
        let of_raw = ratios(self.of(ASSIGN_ONE), self.raw_database());
        results.measure(
            format!("{ASSIGN_ONE}, over the raw database"),
            users,
            Unit::Times,
            &of_raw,
        );
        if users >= COMPARED_USERS_MIN.min(plan.largest()) {
            let target = Target::AtLeast(environment.either(0.30, 0.42));
            let name = format!("{users} users, 1 product, over the raw database");
            results.figure(name, Unit::Times, &of_raw, target);
        }
    }
}

async fn plain_batches(
    environment: &Environment,
    customer: &Customer,
    cases: &mut Cases,
) -> Result<(), Error> {
    let clients = environment.clients();
    let everyone = |change| workload::for_everyone(customer, change);
    let mut dry_run = everyone(workload::assign(0, 1));
    dry_run.validate_only = true;
    let timing = batch::run_well(clients, dry_run).await?;
    cases.note("dry run, 1 product", timing.rate());

    let one = batch::run_well(clients, everyone(workload::assign(0, 1))).await?;
    cases.note(ASSIGN_ONE, one.rate());
    cases.first_results.push(millis(one.first_result));
    for (case, change) in [
        ("swap 1 product for another", workload::swap(0, 1)),
        ("revoke 1 product", workload::revoke(1, 1)),
        ("assign 2 products", workload::assign(0, 2)),
        ("revoke 2 products", workload::revoke(0, 2)),
        ("assign 5 products", workload::assign(0, 5)),
        ("revoke 5 products", workload::revoke(0, 5)),
    ] {
        let timing = batch::run_well(clients, everyone(change)).await?;
        cases.note(case, timing.rate());
    }
    Ok(())
}

async fn mixed_batches(
    environment: &Environment,
    customer: &Customer,
    cases: &mut Cases,
) -> Result<(), Error> {
    let clients = environment.clients();
    let assign = workload::for_everyone(customer, workload::assign(0, 1));
    let timing = batch::run(clients, assign).await?;
    let failed = float(usize::try_from(timing.failed_users)?) / float(timing.users);
    if !(0.3..0.5).contains(&failed) {
        return Err(format!("{failed} of the users failed, not four of ten").into());
    }
    cases.note("assign 1 product, 4 users of 10 fail", timing.rate());
    let revoke = workload::for_everyone(customer, workload::revoke(0, 1));
    batch::run_well(clients, revoke).await?;
    Ok(())
}
