use seatkeeper_domain::{BatchKey, LicenseChanges, Planner, Principal, Timestamp, WaitingChange};
use seatkeeper_store::{CustomerTx, WaitlistJoins};

use crate::EngineResult;

/// Puts the users that were decided to wait into their queues.
pub(crate) async fn join(
    tx: &mut dyn CustomerTx,
    planner: &Planner,
    decided: &LicenseChanges,
    principal: &Principal,
    batch: Option<BatchKey>,
    now: Timestamp,
) -> EngineResult<()> {
    if !decided.plan.has_waiting() {
        return Ok(());
    }
    let mut changes: Vec<WaitingChange> = Vec::new();
    let by_decision: Vec<std::ops::Range<usize>> = decided
        .plan
        .decisions
        .iter()
        .map(|decision| {
            let first = changes.len();
            changes.extend(planner.waiting(decision));
            first..changes.len()
        })
        .collect();
    let members = decided.members.iter().zip(&decided.plan.members);
    let users = members
        .filter_map(|(member, &decision)| {
            let user = member.user?;
            let changes = by_decision[decision as usize].clone();
            Some(changes.map(move |change| (user, change)))
        })
        .flatten()
        .collect();
    let joins = WaitlistJoins {
        batch,
        principal: principal.clone(),
        changes,
        users,
    };
    Ok(tx.join_waitlist(now, &joins).await?)
}
