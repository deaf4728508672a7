use std::time::Duration;

/// The size of a batch's chunks. It doubles while a chunk takes less than half of the target time,
/// and halves when a chunk takes longer than the target time.
#[derive(Debug)]
pub(super) struct AdaptiveChunkSize {
    segments: usize,
    segments_max: usize,
    time: Duration,
}

impl AdaptiveChunkSize {
    /// Starts with chunks of one segment. `time` is the target duration of a chunk.
    pub(super) fn new(segments_max: usize, time: Duration) -> Self {
        Self {
            segments: 1,
            segments_max: segments_max.max(1),
            time,
        }
    }

    /// Segments of the next chunk.
    pub(super) fn segments(&self) -> usize {
        self.segments
    }

    /// Adapts the size to the duration of the last chunk.
    pub(super) fn record(&mut self, taken: Duration) {
        if taken > self.time {
            self.segments = (self.segments / 2).max(1);
        } else if taken < self.time / 2 {
            self.segments = (self.segments * 2).min(self.segments_max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_millis(20);

    #[test]
    fn fast_chunks_grow_up_to_the_most() {
        let mut chunk_size = AdaptiveChunkSize::new(4, TIME);
        let grown = [1, 2, 4, 4].map(|segments| {
            assert_eq!(chunk_size.segments(), segments);
            chunk_size.record(TIME / 3);
            chunk_size.segments()
        });
        assert_eq!(grown, [2, 4, 4, 4]);
    }

    #[test]
    fn slow_chunks_shrink_to_one_segment() {
        let mut chunk_size = AdaptiveChunkSize::new(4, TIME);
        chunk_size.record(TIME / 3);
        chunk_size.record(TIME / 3);
        chunk_size.record(TIME * 2);
        assert_eq!(chunk_size.segments(), 2);
        chunk_size.record(TIME * 2);
        chunk_size.record(TIME * 2);
        assert_eq!(chunk_size.segments(), 1);
    }

    #[test]
    fn chunks_that_take_about_their_time_stay() {
        let mut chunk_size = AdaptiveChunkSize::new(4, TIME);
        chunk_size.record(TIME / 3);
        chunk_size.record(TIME * 3 / 4);
        assert_eq!(chunk_size.segments(), 2);
    }
}
