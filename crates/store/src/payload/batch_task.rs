//! References of a batch to another batch: the one it reverts, or the one it retries.

use seatkeeper_domain::{BatchId, BatchKey, ProductKey, ViolationType};

use super::violation::{number_of, type_of};
use super::{Malformed, parsed, required};
use crate::BatchRef;

#[derive(Clone, PartialEq, prost::Message)]
struct BatchRefPayload {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(string, tag = "2")]
    id: String,
}

/// The batch to revert, and the products that it may have changed.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RevertPayload {
    #[prost(message, optional, tag = "1")]
    batch: Option<BatchRefPayload>,
    #[prost(uint32, repeated, tag = "2")]
    products: Vec<u32>,
}

/// The batch to retry, and the violations that select its failed users.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FailedPayload {
    #[prost(message, optional, tag = "1")]
    batch: Option<BatchRefPayload>,
    #[prost(int32, repeated, tag = "2")]
    violations: Vec<i32>,
}

impl RevertPayload {
    pub(super) fn new(batch: &BatchRef, products: &[ProductKey]) -> Self {
        Self {
            batch: Some(batch.into()),
            products: products.iter().map(|product| product.0).collect(),
        }
    }

    pub(super) fn read(self) -> Result<(BatchRef, Vec<ProductKey>), Malformed> {
        let batch = required(self.batch, "the reverted batch")?.try_into()?;
        Ok((batch, self.products.into_iter().map(ProductKey).collect()))
    }
}

impl FailedPayload {
    pub(super) fn new(batch: &BatchRef, violations: &[ViolationType]) -> Self {
        Self {
            batch: Some(batch.into()),
            violations: violations.iter().copied().map(number_of).collect(),
        }
    }

    pub(super) fn read(self) -> Result<(BatchRef, Vec<ViolationType>), Malformed> {
        let batch = required(self.batch, "the retried batch")?.try_into()?;
        let violations = self.violations.into_iter().map(type_of);
        Ok((batch, violations.collect::<Result<_, _>>()?))
    }
}

impl From<&BatchRef> for BatchRefPayload {
    fn from(batch: &BatchRef) -> Self {
        Self {
            key: batch.key.0,
            id: batch.id.as_str().to_owned(),
        }
    }
}

impl TryFrom<BatchRefPayload> for BatchRef {
    type Error = Malformed;

    fn try_from(payload: BatchRefPayload) -> Result<Self, Malformed> {
        Ok(Self {
            key: BatchKey(payload.key),
            id: parsed(&payload.id, |text| BatchId::parse(text).ok())?,
        })
    }
}
