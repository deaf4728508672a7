use std::time::Duration;

use crate::Error;
use crate::findings::Unit;
use crate::lab::Lab;
use crate::protocol::{Figure, Work};
use crate::scenarios::followers::{connections, run_followed};
use crate::series::rate;
use crate::world::{self, Profile};

/// A batch that assigns and one that revokes, each followed by many callers.
pub(super) async fn round(lab: &mut Lab, work: &Work) -> Result<Vec<Figure>, Error> {
    let customer = lab.customer(Profile::plain(work.followed_users)).await?;
    let clients = lab.connect().await?;
    let followers = connections(lab, work.followers).await?;
    let (mut results, mut time) = (0, Duration::ZERO);
    for change in [world::assign(0, 1), world::revoke(0, 1)] {
        let request = world::for_everyone(&customer, change);
        let followed = run_followed(&clients, &followers, request).await?;
        results += followed.results;
        time += followed.last_result;
    }
    let case = format!("{} followers, results received", followers.len());
    let value = rate(results, time);
    Ok(vec![Figure::rate(case, value, Unit::UsersPerSecond)])
}
