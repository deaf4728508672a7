use async_trait::async_trait;
use seatkeeper_domain::{BatchKey, Timestamp};
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::{CustomerTx, NewBatch, Selected};

use super::accept::Accept;
use super::survey::length;
use crate::transact::Work;
use crate::{EngineError, EngineResult, LimitKind, Limits};

/// Writes users down in segments of whole chunks, as they are read.
pub(super) struct Freezer {
    batch: Option<BatchKey>,
    frozen: i64,
    users_max: i64,
    users_max_kind: LimitKind,
    segment_users: usize,
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
            segment_users: limits.segment_users,
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

    /// The step that writes `selected`, and accepts the batch when it is the last.
    pub(super) fn step(
        &self,
        new: &NewBatch,
        selected: Vec<Selected>,
        duplicate_count: i64,
        accept: Option<Accept>,
    ) -> EngineResult<FreezeStep> {
        self.check(self.frozen + length(selected.len()))?;
        Ok(FreezeStep {
            new: new.clone(),
            batch: self.batch,
            first_position: self.frozen,
            selected,
            duplicate_count,
            segment_users: self.segment_users,
            accept,
        })
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
    selected: Vec<Selected>,
    duplicate_count: i64,
    segment_users: usize,
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
        let mut position = self.first_position;
        for segment in self.selected.chunks(self.segment_users) {
            tx.append_segment(key, position, segment).await?;
            position += length(segment.len());
        }
        batch.user_count = position;
        batch.duplicate_count = self.duplicate_count;
        let Some(accept) = &mut self.accept else {
            batch.lease.until = self.new.lease.until;
            tx.save_batch(&batch).await?;
            pass(Point::FreezeStepWritten);
            return Ok(Frozen::Partly {
                batch: key,
                users: position,
            });
        };
        accept.run(tx, batch).await
    }
}
