use seatkeeper_domain::{RequestId, Timestamp};
use seatkeeper_fault::{Bug, planted};
use seatkeeper_store::{CustomerTx, RequestRecord, RequestTarget};

use crate::{EngineError, EngineResult};

/// A caller's request id with the digest of what was asked under it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) digest: [u8; 32],
}

impl Request {
    /// What an earlier call under this id led to.
    ///
    /// # Errors
    /// [`EngineError::RequestIdReused`] when that call asked for something else.
    pub(crate) fn earlier(
        &self,
        record: Option<RequestRecord>,
    ) -> EngineResult<Option<RequestTarget>> {
        match record {
            None => Ok(None),
            Some(record) if record.digest == self.digest => Ok(Some(record.target)),
            Some(_) => Err(EngineError::RequestIdReused {
                request_id: self.id.as_str().to_owned(),
            }),
        }
    }

    pub(crate) async fn remember(
        &self,
        tx: &mut dyn CustomerTx,
        target: RequestTarget,
        now: Timestamp,
    ) -> EngineResult<()> {
        remember_all(tx, &[self.record(target, now)]).await
    }

    pub(crate) fn record(&self, target: RequestTarget, now: Timestamp) -> RequestRecord {
        RequestRecord {
            id: self.id.clone(),
            digest: self.digest,
            target,
            create_time: now,
        }
    }
}

/// Remembers what request ids were used for.
pub(crate) async fn remember_all(
    tx: &mut dyn CustomerTx,
    records: &[RequestRecord],
) -> EngineResult<()> {
    if records.is_empty() || planted(Bug::RequestForgotten) {
        return Ok(());
    }
    Ok(tx.insert_requests(records).await?)
}
