use seatkeeper_domain::{BatchKey, JournalSequence, ProductKey};

use super::customer::CustomerPayload;
use super::entitlement::PurchasePayload;
use super::{Malformed, each};
use crate::JournalCheckpoint;

/// The checkpoint that replaces removed journal entries, without licenses.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct JournalCheckpointPayload {
    #[prost(int64, tag = "1")]
    sequence: i64,
    #[prost(message, optional, tag = "2")]
    customer: Option<CustomerPayload>,
    #[prost(message, repeated, tag = "3")]
    purchases: Vec<PurchasesPayload>,
    #[prost(message, repeated, tag = "4")]
    open_batches: Vec<OpenBatchPayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PurchasesPayload {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(message, repeated, tag = "2")]
    purchases: Vec<PurchasePayload>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OpenBatchPayload {
    #[prost(int64, tag = "1")]
    batch: i64,
    #[prost(bool, tag = "2")]
    cancel_requested: bool,
}

impl From<&JournalCheckpoint> for JournalCheckpointPayload {
    fn from(checkpoint: &JournalCheckpoint) -> Self {
        let purchases = checkpoint.purchases.iter();
        let open = checkpoint.open_batches.iter();
        Self {
            sequence: checkpoint.sequence.0,
            customer: checkpoint.customer.as_ref().map(Into::into),
            purchases: purchases
                .map(|(product, purchases)| PurchasesPayload {
                    product: product.0,
                    purchases: purchases.iter().map(Into::into).collect(),
                })
                .collect(),
            open_batches: open
                .map(|(batch, &cancel_requested)| OpenBatchPayload {
                    batch: batch.0,
                    cancel_requested,
                })
                .collect(),
        }
    }
}

impl TryFrom<JournalCheckpointPayload> for JournalCheckpoint {
    type Error = Malformed;

    fn try_from(payload: JournalCheckpointPayload) -> Result<Self, Malformed> {
        let purchases = payload.purchases.into_iter();
        let open = payload.open_batches.into_iter();
        Ok(Self {
            sequence: JournalSequence(payload.sequence),
            customer: payload.customer.map(TryInto::try_into).transpose()?,
            purchases: purchases
                .map(|of_product| {
                    let product = ProductKey(of_product.product);
                    Ok((product, each(of_product.purchases)?))
                })
                .collect::<Result<_, Malformed>>()?,
            open_batches: open
                .map(|open| (BatchKey(open.batch), open.cancel_requested))
                .collect(),
        })
    }
}
