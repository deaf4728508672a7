use seatkeeper_domain::CustomerKey;
use seatkeeper_store::{PackedSegment, Selected, Store};

use super::source::Source;
use crate::{EngineResult, Limits};

/// Users on their way into a batch's frozen selection, packed as soon as they are read: a million
/// take about a megabyte.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    segments: Vec<PackedSegment>,
    user_count: i64,
}

impl Stretch {
    /// Users who are at hand.
    pub(super) fn of(selected: &[Selected], segment_users: usize) -> Self {
        let mut stretch = Self::default();
        stretch.pack(selected, segment_users);
        stretch
    }

    /// Reads the users of one step of freezing; none when there are no more.
    ///
    /// # Errors
    /// As soon as `check` refuses so many, before the rest is read.
    pub(super) async fn read(
        source: &mut Source,
        store: &dyn Store,
        customer: CustomerKey,
        limits: &Limits,
        check: impl Fn(i64) -> EngineResult<()>,
    ) -> EngineResult<Self> {
        let mut stretch = Self::default();
        loop {
            let room = limits
                .freeze_segments_per_step
                .saturating_sub(stretch.segments.len())
                .min(limits.freeze_segments_read);
            if room == 0 {
                break;
            }
            let limit = limits.segment_users * room;
            let Some(selected) = source.read(store, customer, limit).await? else {
                break;
            };
            stretch.pack(&selected, limits.segment_users);
            check(stretch.user_count)?;
            // A saved selection is read without a pause, and packing takes its time.
            tokio::task::yield_now().await;
        }
        Ok(stretch)
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
