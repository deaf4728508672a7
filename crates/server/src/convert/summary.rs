use seatkeeper_domain::{
    CompiledCatalog, CustomerId, Outcome, OutcomeCounts, ProductKey, ViolationCounts,
};
use seatkeeper_engine::Engine;
use seatkeeper_proto::v1;

use super::{policy, product, result};

/// The seats that a batch leaves and buys, each list ascending by product.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seats<'a> {
    /// The seats left at the end of the batch.
    pub(crate) left: &'a [(ProductKey, i64)],
    /// The seats bought for the batch.
    pub(crate) bought: &'a [(ProductKey, i64)],
}

/// Encodes the counts over the results of a batch; the engine adds the links for buying more seats.
pub(crate) fn to_proto(
    engine: &Engine,
    customer: &CustomerId,
    catalog: &CompiledCatalog,
    counts: &OutcomeCounts,
    violations: &ViolationCounts,
    seats: Seats<'_>,
) -> v1::BatchSummary {
    let violations = violations
        .iter()
        .map(|(&violation, &license_count)| v1::ViolationCount {
            violation_type: policy::violation_type_to_proto(violation).into(),
            license_count,
        });
    let seats_left = seats
        .left
        .iter()
        .map(|&(key, available_count)| v1::SeatsLeft {
            product: product::name_of(catalog, key),
            available_count,
            buy_more_uri: engine
                .buy_more_uri(customer, product::known(catalog, key), available_count)
                .unwrap_or_default(),
        });
    let seats_bought = seats.bought.iter();
    let seats_bought = seats_bought.map(|&(key, seat_count)| v1::SeatsBought {
        product: product::name_of(catalog, key),
        seat_count,
    });
    v1::BatchSummary {
        succeeded_user_count: counts.users_succeeded,
        unchanged_user_count: counts.users_unchanged,
        failed_user_count: counts.users_failed,
        outcome_counts: outcome_counts(counts),
        violation_counts: violations.collect(),
        seats_left: seats_left.collect(),
        seats_bought: seats_bought.collect(),
    }
}

fn outcome_counts(counts: &OutcomeCounts) -> Vec<v1::OutcomeCount> {
    let all = [
        (Outcome::Assigned, counts.assigned),
        (Outcome::Updated, counts.updated),
        (Outcome::Revoked, counts.revoked),
        (Outcome::Unchanged, counts.unchanged),
        (Outcome::Failed, counts.failed),
        (Outcome::Waitlisted, counts.waitlisted),
    ];
    let occurred = all
        .into_iter()
        .filter(|(_, license_count)| *license_count != 0);
    occurred
        .map(|(outcome, license_count)| v1::OutcomeCount {
            outcome: result::outcome(outcome).into(),
            license_count,
        })
        .collect()
}
