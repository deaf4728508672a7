use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, Timestamp};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{CustomerTx, NewBatch};

use super::accept::Accept;
use super::stretch::Stretch;
use crate::transact::Work;
use crate::{EngineError, EngineResult, LimitKind, Limits};

/// Writes users down, stretch by stretch.
pub(super) struct Freezer {
    batch: Option<BatchKey>,
    frozen: i64,
    users_max: i64,
    users_max_kind: LimitKind,
}

impl Freezer {
    pub(super) fn new(limits: &Limits, all_or_nothing: bool) -> Self {
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

    /// Refuses more users than such a batch may have.
    pub(super) fn check(&self, given: i64) -> EngineResult<()> {
        if given > self.users_max {
            let (kind, max) = (self.users_max_kind, self.users_max);
            return Err(EngineError::Limit { kind, given, max });
        }
        Ok(())
    }

    /// The batch, once its first step was committed.
    pub(super) fn batch(&self) -> Option<BatchKey> {
        self.batch
    }

    /// The step that writes `stretch`, and accepts the batch when it is the last.
    pub(super) fn step(
        &self,
        new: &NewBatch,
        stretch: Stretch,
        duplicate_count: i64,
        accept: Option<Accept>,
    ) -> EngineResult<FreezeStep> {
        self.check(self.frozen + stretch.user_count())?;
        Ok(FreezeStep {
            new: new.clone(),
            batch: self.batch,
            first_position: self.frozen,
            stretch,
            duplicate_count,
            accept,
        })
    }

    /// How many users are written down.
    pub(super) fn frozen(&self) -> i64 {
        self.frozen
    }

    /// Takes note that a step was committed.
    pub(super) fn committed(&mut self, batch: BatchKey, users: i64) {
        self.batch = Some(batch);
        self.frozen = users;
    }
}

/// One transaction of freezing.
pub(super) struct FreezeStep {
    new: NewBatch,
    batch: Option<BatchKey>,
    first_position: i64,
    stretch: Stretch,
    duplicate_count: i64,
    accept: Option<Accept>,
}

/// What a step came to.
pub(super) enum Frozen {
    /// More is to come.
    Partly { batch: BatchKey, users: i64 },
    /// The batch was accepted, or an earlier batch answers for the same request.
    Accepted {
        batch: Box<seatkeeper_store::Batch>,
        joined: bool,
    },
}

#[async_trait]
impl Work for FreezeStep {
    type Output = Frozen;

    fn locked_at(&mut self, now: Timestamp) {
        if let Some(accept) = &mut self.accept {
            accept.locked_at(now);
        }
    }

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Frozen> {
        pass(Point::FreezeStepBegun);
        let mut batch = match self.batch {
            Some(key) => tx.batch(key).await?.ok_or(EngineError::DraftExpired)?,
            None => tx.insert_batch(self.new.clone()).await?,
        };
        let key = batch.key;
        if !self.stretch.is_empty() {
            tx.append_segments(key, self.first_position, self.stretch.segments())
                .await?;
        }
        batch.user_count = self.first_position + self.stretch.user_count();
        batch.duplicate_count = self.duplicate_count;
        let Some(accept) = &mut self.accept else {
            batch.lease.until = self.new.lease.until;
            tx.save_batch(&batch).await?;
            pass(Point::FreezeStepWritten);
            return Ok(Frozen::Partly {
                batch: key,
                users: batch.user_count,
            });
        };
        accept.run(tx, batch).await
    }
}
