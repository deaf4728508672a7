use crate::findings::{Findings, Reach, Unit};
use crate::floor::Way;
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::{float, median, millis, ratios};
use crate::world::{self, Customer, Kind, Profile};
use crate::{Error, batch};

/// The sizes at which the figures are to be reached.
const COMPARED_USERS_MIN: usize = 100_000;

/// Batches of every size, each run beside the floor.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    for &users in &plan.sizes {
        let able = lab.customer(Profile::plain(users)).await?;
        let mixed = lab
            .customer(Profile {
                kind: Kind::Mixed,
                ..Profile::plain(users)
            })
            .await?;
        let mut cases = Cases::default();
        for _ in 0..plan.runs {
            lab.settle()?;
            let floor = lab.floor().await?;
            for Way {
                name,
                users_per_second,
            } in floor.write(users).await?
            {
                cases.note(name, users_per_second);
            }
            lab.settle()?;
            plain_batches(lab, &able, &mut cases).await?;
            mixed_batches(lab, &mixed, &mut cases).await?;
        }
        cases.tell(lab, users, plan, &mut findings);
    }
    Ok(findings)
}

const ASSIGN_ONE: &str = "assign 1 product";

/// Rates by case, in the order in which the cases came.
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

    /// The fastest way of writing that is no batch.
    fn floor(&self) -> &[f64] {
        let floors = self
            .rates
            .iter()
            .filter(|(name, _)| name.starts_with("floor"));
        floors
            .max_by(|(_, one), (_, other)| median(one).total_cmp(&median(other)))
            .map_or(&[], |(_, rates)| rates)
    }

    fn tell(&self, lab: &Lab, users: usize, plan: &Plan, findings: &mut Findings) {
        for (case, rates) in &self.rates {
            findings.measure(*case, users, Unit::UsersPerSecond, rates);
        }
        findings.measure(
            format!("{ASSIGN_ONE}, first result"),
            users,
            Unit::Millis,
            &self.first_results,
        );
        let of_floor = ratios(self.of(ASSIGN_ONE), self.floor());
        findings.measure(
            format!("{ASSIGN_ONE}, over the floor"),
            users,
            Unit::Times,
            &of_floor,
        );
        if users >= COMPARED_USERS_MIN.min(plan.largest()) {
            let reach = Reach::AtLeast(lab.either(0.30, 0.42));
            let name = format!("{users} users, 1 product, over the floor");
            findings.figure(name, Unit::Times, &of_floor, reach);
        }
    }
}

async fn plain_batches(lab: &Lab, customer: &Customer, cases: &mut Cases) -> Result<(), Error> {
    let clients = lab.clients();
    let everyone = |change| world::for_everyone(customer, change);
    let mut dry_run = everyone(world::assign(0, 1));
    dry_run.validate_only = true;
    let timing = batch::run_well(clients, dry_run).await?;
    cases.note("dry run, 1 product", timing.rate());

    let one = batch::run_well(clients, everyone(world::assign(0, 1))).await?;
    cases.note(ASSIGN_ONE, one.rate());
    cases.first_results.push(millis(one.first_result));
    for (case, change) in [
        ("swap 1 product for another", world::swap(0, 1)),
        ("revoke 1 product", world::revoke(1, 1)),
        ("assign 2 products", world::assign(0, 2)),
        ("revoke 2 products", world::revoke(0, 2)),
        ("assign 5 products", world::assign(0, 5)),
        ("revoke 5 products", world::revoke(0, 5)),
    ] {
        let timing = batch::run_well(clients, everyone(change)).await?;
        cases.note(case, timing.rate());
    }
    Ok(())
}

async fn mixed_batches(lab: &Lab, customer: &Customer, cases: &mut Cases) -> Result<(), Error> {
    let clients = lab.clients();
    let assign = world::for_everyone(customer, world::assign(0, 1));
    let timing = batch::run(clients, assign).await?;
    let failed = float(usize::try_from(timing.failed_users)?) / float(timing.users);
    if !(0.3..0.5).contains(&failed) {
        return Err(format!("{failed} of the users failed, not four of ten").into());
    }
    cases.note("assign 1 product, 4 users of 10 fail", timing.rate());
    let revoke = world::for_everyone(customer, world::revoke(0, 1));
    batch::run_well(clients, revoke).await?;
    Ok(())
}
