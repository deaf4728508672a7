use seatkeeper_domain::CustomerKey;
use seatkeeper_store::{PackedSegment, Selected, Store};

use super::user_source::Source;
use crate::{EngineResult, Limits};

/// Users on their way into a batch's frozen selection. They are packed when they are read: a
/// million users take about one megabyte.
#[derive(Debug, Default)]
pub(super) struct SegmentBuffer {
    segments: Vec<PackedSegment>,
    user_count: i64,
}

/// Which part of its batch a buffer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The buffer holds the batch's first users.
    First,
    /// The buffer follows another one.
    Later,
}

impl SegmentBuffer {
    /// Packs users that are in memory.
    pub(super) fn of(selected: &[Selected], segment_users: usize) -> Self {
        let mut buffer = Self::default();
        buffer.pack(selected, segment_users);
        buffer
    }

    /// Reads the users of one freeze transaction; the buffer is empty when there are no more.
    ///
    /// # Errors
    /// The error of `check` as soon as too many users are read.
    pub(super) async fn read(
        source: &mut Source,
        store: &dyn Store,
        customer: CustomerKey,
        limits: &Limits,
        part: Part,
        check: impl Fn(i64) -> EngineResult<()>,
    ) -> EngineResult<Self> {
        let mut buffer = Self::default();
        loop {
            let room = limits
                .freeze_segments_per_step
                .saturating_sub(buffer.segments.len())
                .min(limits.freeze_segments_read);
            if room == 0 {
                return Ok(buffer);
            }
            let limit = limits.segment_users * room;
            let Some(selected) = source.read(store, customer, limit).await? else {
                return Ok(buffer);
            };
            if part == Part::First && buffer.is_empty() {
                buffer.pack_first(&selected, limits);
            } else {
                buffer.pack(&selected, limits.segment_users);
            }
            check(buffer.user_count)?;
            // Reading a saved selection never yields, and packing takes CPU time.
            tokio::task::yield_now().await;
        }
    }

    /// Packs the first users of a batch. If they exceed one segment, the first segment is small: it
    /// is the first chunk, and the caller waits for its results.
    fn pack_first(&mut self, selected: &[Selected], limits: &Limits) {
        let small = limits.first_segment_users.min(limits.segment_users);
        let (first, rest) = if selected.len() > limits.segment_users {
            selected.split_at(small)
        } else {
            (selected, &[] as &[Selected])
        };
        self.pack(first, limits.segment_users);
        self.pack(rest, limits.segment_users);
    }

    fn pack(&mut self, selected: &[Selected], segment_users: usize) {
        for segment in selected.chunks(segment_users) {
            let packed = PackedSegment::pack(segment);
            self.user_count += packed.user_count();
            self.segments.push(packed);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(super) fn segments(&self) -> &[PackedSegment] {
        &self.segments
    }

    pub(super) fn user_count(&self) -> i64 {
        self.user_count
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::UserKey;
    use seatkeeper_store::SelectedUser;

    use super::*;

    /// The number of users in each segment when a batch begins with `users` users.
    fn packed(users: i64) -> Vec<i64> {
        let limits = Limits {
            segment_users: 10,
            first_segment_users: 3,
            ..Limits::default()
        };
        let known = |number| Selected {
            user: SelectedUser::Known(UserKey(number)),
            request_index: None,
        };
        let selected: Vec<Selected> = (1..=users).map(known).collect();
        let mut buffer = SegmentBuffer::default();
        buffer.pack_first(&selected, &limits);
        assert_eq!(buffer.user_count(), users);
        let segments = buffer.segments().iter();
        segments.map(PackedSegment::user_count).collect()
    }

    #[test]
    fn the_first_segment_of_many_users_is_a_small_one() {
        assert_eq!(packed(25), [3, 10, 10, 2]);
    }

    #[test]
    fn users_who_fit_one_segment_are_one() {
        assert_eq!(packed(10), [10]);
    }
}
