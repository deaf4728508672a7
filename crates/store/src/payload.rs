//! The encoding of data stored as bytes: journal entries, frozen selections, catalogs, batch specs.
//!
//! A payload is one byte that names its codec, then a protobuf message. The messages are private to
//! the store. Their field numbers are their version: numbers are never reused, and payloads of
//! older programs stay readable. Every input has a result: damaged bytes are [`Malformed`].

mod batch_spec;
mod batch_tally;
mod batch_task;
mod catalog;
mod change;
mod checkpoint;
mod codec;
mod column;
mod customer;
mod decision;
mod effect;
mod entitlement;
mod guids;
mod license_changes;
mod plan_set;
mod segment;
mod user;
mod violation;
mod waitlist;

#[cfg(test)]
mod tests;

pub(crate) use batch_spec::BatchSpecPayload;
pub(crate) use batch_tally::{BatchTally, BatchTallyPayload};
pub(crate) use catalog::CatalogPayload;
pub(crate) use checkpoint::JournalCheckpointPayload;
pub(crate) use codec::{decode, encode};
pub(crate) use effect::EffectPayload;
pub(crate) use segment::SegmentPayload;

/// Bytes that no version of this program wrote, or that were damaged later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub(crate) String);

impl Malformed {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// A number of an enumeration that this program doesn't know.
    fn number(what: &str, number: i32) -> Self {
        Self(format!("{number} is not a valid {what}"))
    }

    /// A required field is missing.
    fn missing(what: &str) -> Self {
        Self(format!("{what} is missing"))
    }
}

/// Returns a field that a valid payload always has.
fn required<T>(value: Option<T>, what: &str) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed::missing(what))
}

fn parsed<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Malformed> {
    parse(text).ok_or_else(|| Malformed::new("an identifier is not in its canonical form"))
}

/// Converts each value; stops at the first malformed one.
fn each<A, B>(values: Vec<A>) -> Result<Vec<B>, Malformed>
where
    B: TryFrom<A, Error = Malformed>,
{
    values.into_iter().map(B::try_from).collect()
}
