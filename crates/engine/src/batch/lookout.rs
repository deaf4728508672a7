//! One look at the database for all who follow batches: what another server committed is found for
//! everybody at once, and how far the batches are is told without each follower asking.

use std::sync::Arc;

use seatkeeper_store::StoreResult;
use tokio::time::Instant;

use super::Place;
use crate::engine::Shared;

/// Batches that one statement looks at.
const PLACES_PER_LOOK: usize = 1_000;

impl Shared {
    /// Begins to look for news, now and from time to time.
    pub(super) fn look_for_news(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.batches.tasks.spawn(async move {
            let mut looked_at_all = Instant::now();
            while !shared.stopped_within(shared.limits.follow_interval).await {
                let all = looked_at_all.elapsed() >= shared.limits.progress_interval;
                if all {
                    looked_at_all = Instant::now();
                }
                shared.look(all).await;
            }
        });
    }

    /// Looks how far the batches are that somebody here follows: those that others drive, or all. Of
    /// the others every chunk is told by whoever drives them.
    async fn look(&self, all: bool) {
        let followed = self.batches.hub.followed();
        let followed = followed.into_iter();
        let places: Vec<Place> = followed
            .filter(|place| all || !self.is_driving(*place))
            .collect();
        for places in places.chunks(PLACES_PER_LOOK) {
            if let Err(error) = self.look_at(places).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "could not look for news of batches");
                // Each follower finds out by itself what that means for it.
                for place in places {
                    self.batches.hub.ring(*place);
                }
            }
        }
    }

    async fn look_at(&self, places: &[Place]) -> StoreResult<()> {
        let mut found = self
            .store
            .batch_progress(places)
            .await?
            .into_iter()
            .peekable();
        for place in places {
            let of_place = |it: &_| place_of(it) == *place;
            match found.next_if(of_place) {
                Some(progress) => self.batches.hub.saw(progress),
                None => self.batches.hub.ring(*place),
            }
        }
        Ok(())
    }
}

pub(super) fn place_of(progress: &seatkeeper_store::BatchProgress) -> Place {
    (progress.customer, progress.batch)
}
