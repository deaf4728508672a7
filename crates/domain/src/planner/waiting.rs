use crate::{
    BatchMode, Change, CompiledCatalog, Decision, HeldLicense, Holding, Outcome, PlanPolicy,
    ProductKey, WaitingChange,
};

use super::product_change::product_changes;

/// The waiting part of a change. In mode `PER_LICENSE` each product waits alone, and revocations
/// wait with the first one. In the other modes the whole change waits as one.
pub(super) fn waiting(
    catalog: &CompiledCatalog,
    change: &Change,
    mode: BatchMode,
    decision: &Decision,
) -> Vec<WaitingChange> {
    let waits = |product: ProductKey| {
        let mut decided = decision.products.iter();
        decided.any(|decided| decided.product == product && decided.outcome == Outcome::Waitlisted)
    };
    match mode {
        BatchMode::PerUser | BatchMode::AllOrNothing => whole(change, decision, waits),
        BatchMode::PerLicense => {
            let held = held_before(decision);
            let changes = product_changes(catalog, change, &held);
            let revoke = change.revoke.iter().copied();
            let mut suppressed: Vec<ProductKey> =
                revoke.filter(|&product| waits(product)).collect();
            change
                .assign
                .iter()
                .zip(changes)
                .filter(|(assignment, _)| waits(assignment.product))
                .map(|(assignment, product_change)| {
                    // Carried-over plans come from licenses that may be revoked before the seat is
                    // free.
                    let mut alone = assignment.clone();
                    alone.disabled_plans = product_change.after.unwrap_or_default();
                    alone.plan_policy = PlanPolicy::Replace;
                    WaitingChange {
                        seats: vec![alone.product],
                        change: Change {
                            assign: vec![alone],
                            revoke: std::mem::take(&mut suppressed),
                        },
                    }
                })
                .collect()
        }
    }
}

fn whole(
    change: &Change,
    decision: &Decision,
    waits: impl Fn(ProductKey) -> bool,
) -> Vec<WaitingChange> {
    let mut seats: Vec<ProductKey> = decision
        .products
        .iter()
        .filter(|decided| decided.outcome == Outcome::Waitlisted && decided.before.is_none())
        .map(|decided| decided.product)
        .collect();
    if seats.is_empty() {
        return Vec::new();
    }
    seats.sort_unstable();
    let assign = change.assign.iter();
    let revoke = change.revoke.iter();
    vec![WaitingChange {
        change: Change {
            assign: assign
                .filter(|assignment| waits(assignment.product))
                .cloned()
                .collect(),
            revoke: revoke.filter(|&&product| waits(product)).copied().collect(),
        },
        seats,
    }]
}

/// The licenses that the user held of the change's products.
fn held_before(decision: &Decision) -> Holding {
    let held = decision.products.iter().filter_map(|decided| {
        Some(HeldLicense {
            product: decided.product,
            disabled_plans: decided.before.clone()?,
        })
    });
    let mut licenses: Vec<HeldLicense> = held.collect();
    licenses.sort_unstable();
    Holding { licenses }
}
