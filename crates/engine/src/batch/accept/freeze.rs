use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, Timestamp};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::{CustomerTx, NewBatch};

use super::acceptance::Accept;
use super::segment_buffer::SegmentBuffer;
use crate::transaction::Transaction;
use crate::{EngineError, EngineResult, LimitKind, Limits};

/// The progress of freezing: how many users are stored, and how many the batch may have.
pub(crate) struct FreezeProgress {
    batch: Option<BatchKey>,
    frozen: i64,
    users_max: i64,
    users_max_kind: LimitKind,
}

impl FreezeProgress {
    pub(crate) fn new(limits: &Limits, all_or_nothing: bool) -> Self {
        let (users_max, users_max_kind) = if all_or_nothing {
            (
                limits.all_or_nothing_users_max,
                LimitKind::AllOrNothingUsers,
            )
        } else {
            (limits.batch_users_max, LimitKind::BatchUsers)
        };
        Self {
            batch: None,
            frozen: 0,
            users_max,
            users_max_kind,
        }
    }

    /// Rejects a batch with more users than its mode allows.
    pub(crate) fn check(&self, given: i64) -> EngineResult<()> {
        if given > self.users_max {
            let (kind, max) = (self.users_max_kind, self.users_max);
            return Err(EngineError::Limit { kind, given, max });
        }
        Ok(())
    }

    /// The key of the batch; `None` before the first freeze transaction is committed.
    pub(super) fn batch(&self) -> Option<BatchKey> {
        self.batch
    }

    /// The transaction that writes `buffer`. With `accept`, it also accepts the batch.
    pub(super) fn transaction(
        &self,
        new: &NewBatch,
        buffer: SegmentBuffer,
        duplicate_count: i64,
        accept: Option<Accept>,
    ) -> EngineResult<FreezeTransaction> {
        self.check(self.frozen + buffer.user_count())?;
        Ok(FreezeTransaction {
            new: new.clone(),
            batch: self.batch,
            first_position: self.frozen,
            buffer,
            duplicate_count,
            accept,
        })
    }

    /// Number of users stored so far.
    pub(super) fn frozen(&self) -> i64 {
        self.frozen
    }

    /// Records that a freeze transaction was committed.
    pub(super) fn committed(&mut self, batch: BatchKey, users: i64) {
        self.batch = Some(batch);
        self.frozen = users;
    }
}

/// One transaction of freezing.
pub(super) struct FreezeTransaction {
    new: NewBatch,
    batch: Option<BatchKey>,
    first_position: i64,
    buffer: SegmentBuffer,
    duplicate_count: i64,
    accept: Option<Accept>,
}

/// The outcome of a freeze transaction.
pub(super) enum FreezeOutcome {
    /// The users are stored; more users follow.
    Partly { batch: BatchKey, users: i64 },
    /// The batch was accepted, or an earlier call with the same request id had started one
    /// (`joined`).
    Accepted {
        batch: Box<seatkeeper_store::Batch>,
        joined: bool,
    },
}

#[async_trait]
impl Transaction for FreezeTransaction {
    type Output = FreezeOutcome;

    fn on_locked(&mut self, now: Timestamp) {
        if let Some(accept) = &mut self.accept {
            accept.on_locked(now);
        }
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<FreezeOutcome> {
        fail_point(Point::FreezeStepBegun);
        let mut batch = match self.batch {
            Some(key) => tx
                .batch(key)
                .await?
                .ok_or(EngineError::PendingBatchExpired)?,
            None => tx.insert_batch(self.new.clone()).await?,
        };
        let key = batch.key;
        if !self.buffer.is_empty() {
            tx.append_segments(key, self.first_position, self.buffer.segments())
                .await?;
        }
        batch.user_count = self.first_position + self.buffer.user_count();
        batch.duplicate_count = self.duplicate_count;
        let Some(accept) = &mut self.accept else {
            batch.lease.until = self.new.lease.until;
            tx.save_batch(&batch).await?;
            fail_point(Point::FreezeStepWritten);
            return Ok(FreezeOutcome::Partly {
                batch: key,
                users: batch.user_count,
            });
        };
        accept.run(tx, batch).await
    }
}
