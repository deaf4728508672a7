use seatkeeper_domain::{OutcomeCounts, ProductKey, ViolationCounts};

use super::Malformed;
use super::violation::{number_of, type_of};
use crate::Batch;

/// The counts of a batch so far, and the seats left when it ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct BatchTally {
    pub(crate) counts: OutcomeCounts,
    pub(crate) violations: ViolationCounts,
    pub(crate) seats_left: Vec<(ProductKey, i64)>,
    pub(crate) seats_bought: Vec<(ProductKey, i64)>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BatchTallyPayload {
    #[prost(int64, tag = "1")]
    users_succeeded: i64,
    #[prost(int64, tag = "2")]
    users_failed: i64,
    #[prost(int64, tag = "3")]
    users_unchanged: i64,
    #[prost(int64, tag = "4")]
    assigned: i64,
    #[prost(int64, tag = "5")]
    updated: i64,
    #[prost(int64, tag = "6")]
    revoked: i64,
    #[prost(int64, tag = "7")]
    unchanged: i64,
    #[prost(int64, tag = "8")]
    failed: i64,
    #[prost(message, repeated, tag = "9")]
    violations: Vec<ViolationCountPayload>,
    #[prost(message, repeated, tag = "10")]
    seats_left: Vec<SeatsPayload>,
    #[prost(message, repeated, tag = "11")]
    seats_bought: Vec<SeatsPayload>,
    #[prost(int64, tag = "12")]
    waitlisted: i64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct ViolationCountPayload {
    #[prost(int32, tag = "1")]
    violation: i32,
    #[prost(int64, tag = "2")]
    count: i64,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct SeatsPayload {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(sint64, tag = "2")]
    seats: i64,
}

impl From<&Batch> for BatchTallyPayload {
    fn from(batch: &Batch) -> Self {
        let violations = batch.violations.iter();
        Self {
            users_succeeded: batch.counts.users_succeeded,
            users_failed: batch.counts.users_failed,
            users_unchanged: batch.counts.users_unchanged,
            assigned: batch.counts.assigned,
            updated: batch.counts.updated,
            revoked: batch.counts.revoked,
            unchanged: batch.counts.unchanged,
            failed: batch.counts.failed,
            waitlisted: batch.counts.waitlisted,
            violations: violations
                .map(|(&violation, &count)| ViolationCountPayload {
                    violation: number_of(violation),
                    count,
                })
                .collect(),
            seats_left: write_seats(&batch.seats_left),
            seats_bought: write_seats(&batch.seats_bought),
        }
    }
}

fn write_seats(seats: &[(ProductKey, i64)]) -> Vec<SeatsPayload> {
    let seats = seats.iter().map(|&(product, seats)| SeatsPayload {
        product: product.0,
        seats,
    });
    seats.collect()
}

fn read_seats(seats: Vec<SeatsPayload>) -> Vec<(ProductKey, i64)> {
    let seats = seats.into_iter();
    seats
        .map(|seats| (ProductKey(seats.product), seats.seats))
        .collect()
}

impl TryFrom<BatchTallyPayload> for BatchTally {
    type Error = Malformed;

    fn try_from(payload: BatchTallyPayload) -> Result<Self, Malformed> {
        Ok(Self {
            counts: OutcomeCounts {
                users_succeeded: payload.users_succeeded,
                users_failed: payload.users_failed,
                users_unchanged: payload.users_unchanged,
                assigned: payload.assigned,
                updated: payload.updated,
                revoked: payload.revoked,
                unchanged: payload.unchanged,
                failed: payload.failed,
                waitlisted: payload.waitlisted,
            },
            violations: payload
                .violations
                .into_iter()
                .map(|entry| Ok((type_of(entry.violation)?, entry.count)))
                .collect::<Result<_, Malformed>>()?,
            seats_left: read_seats(payload.seats_left),
            seats_bought: read_seats(payload.seats_bought),
        })
    }
}
