//! Servers that share a database tell one another which batches have news, so that followers need
//! not wait until they look the next time. Whatever gets lost on the way, they find by looking.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seatkeeper_store::BatchNews;
use tokio::sync::Notify;

use super::Place;
use crate::engine::Shared;

/// How long to wait before listening again, when that failed.
const LISTEN_PAUSE: Duration = Duration::from_secs(1);

/// The batches of which others are to be told. It holds no more than this server drives.
#[derive(Default)]
pub(crate) struct Outbox {
    /// Whether there is a way to tell anybody.
    is_open: AtomicBool,
    places: Mutex<HashSet<Place>>,
    rung: Notify,
}

impl Outbox {
    /// Notes that a batch has news.
    pub(super) fn note(&self, place: Place) {
        if self.is_open.load(Ordering::Relaxed) {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            places.insert(place);
            drop(places);
            self.rung.notify_one();
        }
    }

    fn take(&self) -> Vec<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.drain().collect()
    }
}

impl Shared {
    /// Starts to listen to others and to tell them, where the store has a way.
    pub(super) fn share_news(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.batches.tasks.spawn(async move {
            let stop = shared.batches.stop.clone();
            let _stopped = stop.run_until_cancelled(shared.listen()).await;
        });
    }

    async fn listen(self: &Arc<Self>) {
        loop {
            match self.store.listen().await {
                Ok(None) => return,
                Ok(Some(news)) => {
                    self.open_outbox();
                    self.hear(news).await;
                }
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "could not listen to other servers; looking instead");
                }
            }
            tokio::time::sleep(LISTEN_PAUSE).await;
        }
    }

    /// Wakes the followers of whatever has news, until the connection is lost.
    async fn hear(&self, mut news: Box<dyn BatchNews>) {
        while let Ok(place) = news.next().await {
            // Those of a batch that is driven here were told here.
            if !self.is_driving(place) {
                self.batches.hub.ring(place);
            }
        }
    }

    fn open_outbox(self: &Arc<Self>) {
        if self.batches.outbox.is_open.swap(true, Ordering::Relaxed) {
            return;
        }
        let shared = Arc::clone(self);
        self.batches.tasks.spawn(async move {
            let stop = shared.batches.stop.clone();
            let _stopped = stop.run_until_cancelled(shared.announce()).await;
        });
    }

    /// Tells of many chunks at once.
    async fn announce(&self) {
        loop {
            self.batches.outbox.rung.notified().await;
            let places = self.batches.outbox.take();
            if let Err(error) = self.store.announce(&places).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "other servers could not be told of news");
            }
            tokio::time::sleep(self.limits.announce_interval).await;
        }
    }
}
