use seatkeeper_proto::v1::{UserList, user_selector};

use crate::findings::{Findings, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::world::{self, Profile};
use crate::{Error, batch};

/// Users of a list, at most as many as one may have.
const LISTED_USERS: usize = 100_000;

/// A batch of listed users from all over a customer whose users hold a license each: in the order
/// of the directory neighbors share the database's pages, in another order they don't.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab.customer(Profile::plain(users)).await?;
    let hold = world::for_everyone(&customer, world::assign(1, 1));
    batch::run_well(lab.clients(), hold).await?;

    let listed = LISTED_USERS.min(users);
    let ordered: Vec<String> = (0..listed)
        .map(|place| customer.user(place * users / listed))
        .collect();
    let mut scattered = ordered.clone();
    // The digits of a GUID tell nothing about the place of its user.
    scattered.sort_unstable();

    let mut findings = Findings::default();
    for (order, names) in [("directory order", ordered), ("another order", scattered)] {
        let list = user_selector::Kind::Users(UserList { names });
        let (mut assigned, mut revoked) = (Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            for (change, rates) in [
                (world::assign(0, 1), &mut assigned),
                (world::revoke(0, 1), &mut revoked),
            ] {
                let request = world::for_selected(&customer, change, list.clone());
                rates.push(batch::run_well(lab.clients(), request).await?.rate());
            }
        }
        for (work, rates) in [("assign", assigned), ("revoke", revoked)] {
            let case = format!("{work}, {order}");
            findings.measure(case, listed, Unit::UsersPerSecond, &rates);
        }
    }

    let give_back = world::for_everyone(&customer, world::revoke(1, 1));
    batch::run_well(lab.clients(), give_back).await?;
    Ok(findings)
}
