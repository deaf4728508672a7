use std::collections::BTreeMap;

use seatkeeper_domain::{BatchId, BatchKey, BatchState, OutcomeCounts, Timestamp, ViolationCounts};

use super::error::corrupt;
use crate::{Batch, NewBatch, PackedSegment, Segment, Selected, StoreError, StoreResult};

/// A customer's batches, with their frozen selections.
#[derive(Debug, Clone, Default)]
pub(super) struct Batches {
    by_key: BTreeMap<BatchKey, Batch>,
    /// By batch and first position.
    segments: BTreeMap<(BatchKey, i64), Vec<Selected>>,
    /// Batches that are being removed, with their end times: only segments are left.
    removed: BTreeMap<BatchKey, Timestamp>,
    /// The greatest key ever assigned. It is never reused: journal entries of a deleted batch keep
    /// its key.
    last_key: i64,
}

impl Batches {
    pub(super) fn get(&self, batch: BatchKey) -> Option<&Batch> {
        self.by_key.get(&batch)
    }

    pub(super) fn by_id(&self, id: &BatchId) -> Option<&Batch> {
        self.by_key.values().find(|batch| batch.id == *id)
    }

    pub(super) fn ids(&self, batches: &[BatchKey]) -> Vec<(BatchKey, BatchId)> {
        let known = self.by_key.values();
        known
            .filter(|batch| batches.contains(&batch.key))
            .map(|batch| (batch.key, batch.id.clone()))
            .collect()
    }

    pub(super) fn insert(&mut self, new: NewBatch) -> StoreResult<Batch> {
        if self.by_id(&new.id).is_some() {
            return Err(StoreError::AlreadyExists { what: "batch" });
        }
        self.last_key += 1;
        let batch = Batch {
            key: BatchKey(self.last_key),
            id: new.id,
            spec: new.spec,
            state: BatchState::Preparing,
            user_count: 0,
            duplicate_count: 0,
            user_stream_open: new.user_stream_open,
            user_stream_interrupted: false,
            processed_count: 0,
            counts: OutcomeCounts::default(),
            violations: ViolationCounts::new(),
            seats_left: Vec::new(),
            seats_bought: Vec::new(),
            cancel_requested: false,
            lease: new.lease,
            start_time: None,
            end_time: None,
        };
        self.by_key.insert(batch.key, batch.clone());
        Ok(batch)
    }

    pub(super) fn save(&mut self, batch: &Batch) -> StoreResult<()> {
        let stored = self
            .by_key
            .get_mut(&batch.key)
            .ok_or_else(|| missing(batch.key))?;
        *stored = Batch {
            key: stored.key,
            id: stored.id.clone(),
            spec: stored.spec.clone(),
            ..batch.clone()
        };
        Ok(())
    }

    pub(super) fn delete(&mut self, batch: BatchKey) {
        self.by_key.remove(&batch);
        self.segments.retain(|(owner, _), _| *owner != batch);
    }

    /// The batches that ended at `until` or earlier.
    pub(super) fn ended(&self, until: Timestamp) -> impl Iterator<Item = (Timestamp, BatchKey)> {
        let batches = self.by_key.values();
        let ended = batches.filter_map(|batch| Some((batch.end_time?, batch.key)));
        let removed = self.removed.iter().map(|(&batch, &end)| (end, batch));
        ended
            .chain(removed)
            .filter(move |(end_time, _)| *end_time <= until)
    }

    pub(super) fn unfinished(&self) -> Vec<Batch> {
        let batches = self.by_key.values();
        let unfinished = batches.filter(|batch| !batch.state.is_final());
        unfinished.cloned().collect()
    }

    /// Removes a part of an ended batch; returns true when the batch is completely removed.
    pub(super) fn remove(&mut self, batch: BatchKey, segments_max: usize) -> StoreResult<bool> {
        if let Some(found) = self.by_key.get(&batch) {
            let Some(end_time) = found.end_time.filter(|_| found.state.is_final()) else {
                let what = "a batch that has not ended can't be removed";
                return Err(corrupt("batches", batch, what));
            };
            self.removed.insert(batch, end_time);
            self.by_key.remove(&batch);
        }
        for _ in 0..segments_max {
            let positions = (batch, i64::MIN)..=(batch, i64::MAX);
            let first = self.segments.range(positions).next();
            let Some((&first, _)) = first else {
                self.removed.remove(&batch);
                return Ok(true);
            };
            self.segments.remove(&first);
        }
        Ok(false)
    }

    pub(super) fn append_segments(
        &mut self,
        batch: BatchKey,
        first_position: i64,
        segments: &[PackedSegment],
    ) -> StoreResult<()> {
        if !self.by_key.contains_key(&batch) {
            return Err(missing(batch));
        }
        let appended = self
            .segments
            .iter()
            .filter(|((owner, _), _)| *owner == batch)
            .map(|(_, segment)| super::count(segment.len()))
            .sum::<i64>();
        if first_position != appended {
            let what = "a segment does not begin where the one before it ends";
            return Err(corrupt("segments", (batch, first_position), what));
        }
        let mut position = first_position;
        for packed in segments {
            let users = PackedSegment::unpack(packed.payload()).map_err(|malformed| {
                corrupt("segments", (batch, position), &malformed.to_string())
            })?;
            self.segments.insert((batch, position), users);
            position += packed.user_count();
        }
        Ok(())
    }

    pub(super) fn segments(
        &self,
        batch: BatchKey,
        first_position: i64,
        segments_max: usize,
    ) -> Option<Vec<Selected>> {
        let from = (batch, first_position);
        self.segments.get(&from)?;
        let segments = self.segments.range(from..=(batch, i64::MAX));
        Some(
            segments
                .take(segments_max)
                .flat_map(|(_, segment)| segment.iter().cloned())
                .collect(),
        )
    }

    /// Batches in any state, oldest first.
    pub(super) fn after(&self, after: BatchKey, limit: usize) -> Vec<Batch> {
        let batches = self.by_key.values().filter(|batch| batch.key > after);
        batches.take(limit).cloned().collect()
    }

    pub(super) fn last_key(&self) -> BatchKey {
        BatchKey(self.last_key)
    }

    pub(super) fn segments_after(
        &self,
        after: Option<(BatchKey, i64)>,
        limit: usize,
    ) -> Vec<Segment> {
        let segments = self.segments.iter();
        segments
            .filter(|&(&key, _)| after.is_none_or(|after| key > after))
            .filter(|((batch, _), _)| !self.removed.contains_key(batch))
            .take(limit)
            .map(|(&(batch, first_position), users)| Segment {
                batch,
                first_position,
                user_count: super::count(users.len()),
                users: users.clone(),
            })
            .collect()
    }

    /// Accepted batches, newest first.
    pub(super) fn page(&self, before: Option<BatchKey>, limit: usize) -> Vec<Batch> {
        self.accepted()
            .rev()
            .filter(|batch| before.is_none_or(|before| batch.key < before))
            .take(limit)
            .cloned()
            .collect()
    }

    pub(super) fn count(&self) -> i64 {
        super::count(self.accepted().count())
    }

    pub(super) fn count_running(&self) -> i64 {
        let batches = self.by_key.values();
        super::count(
            batches
                .filter(|batch| batch.state == BatchState::Running)
                .count(),
        )
    }

    fn accepted(&self) -> impl DoubleEndedIterator<Item = &Batch> {
        let batches = self.by_key.values();
        batches.filter(|batch| batch.state != BatchState::Preparing)
    }

    /// Unfinished batches without a valid lease at `now`.
    pub(super) fn claimable(&self, now: Timestamp) -> impl Iterator<Item = BatchKey> {
        self.by_key
            .values()
            .filter(move |batch| {
                let held = batch.lease.owner.is_some()
                    && batch.lease.until.is_some_and(|until| until > now);
                !batch.state.is_final() && !held
            })
            .map(|batch| batch.key)
    }
}

fn missing(batch: BatchKey) -> StoreError {
    corrupt("batches", batch, "the batch does not exist")
}
