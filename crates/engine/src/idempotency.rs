use seatkeeper_domain::{RequestId, Timestamp};
use seatkeeper_store::{CustomerTx, IdempotencyRecord, IdempotencyTarget};

use crate::{EngineError, EngineResult};

/// A caller's request id, with a digest of its request.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyKey {
    pub(crate) id: RequestId,
    pub(crate) digest: [u8; 32],
}

impl IdempotencyKey {
    /// The result of an earlier call with this key; `None` when the key is new.
    ///
    /// # Errors
    /// [`EngineError::RequestIdReused`] when the earlier call was a different request.
    pub(crate) fn replay(
        &self,
        record: Option<IdempotencyRecord>,
    ) -> EngineResult<Option<IdempotencyTarget>> {
        match record {
            None => Ok(None),
            Some(record) if record.digest == self.digest => Ok(Some(record.target)),
            Some(_) => Err(EngineError::RequestIdReused {
                request_id: self.id.as_str().to_owned(),
            }),
        }
    }

    pub(crate) async fn record(
        &self,
        tx: &mut dyn CustomerTx,
        target: IdempotencyTarget,
        now: Timestamp,
    ) -> EngineResult<()> {
        record_all(tx, &[self.to_record(target, now)]).await
    }

    pub(crate) fn to_record(&self, target: IdempotencyTarget, now: Timestamp) -> IdempotencyRecord {
        IdempotencyRecord {
            id: self.id.clone(),
            digest: self.digest,
            target,
            create_time: now,
        }
    }
}

/// Stores idempotency records.
pub(crate) async fn record_all(
    tx: &mut dyn CustomerTx,
    records: &[IdempotencyRecord],
) -> EngineResult<()> {
    if records.is_empty() {
        return Ok(());
    }
    Ok(tx.insert_idempotency_records(records).await?)
}
