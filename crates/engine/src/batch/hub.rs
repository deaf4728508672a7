use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use seatkeeper_domain::LicenseChanges;
use seatkeeper_fault::{Point, pass};
use tokio::sync::{Notify, watch};

use super::Place;

/// Where a batch's driver on this server meets its followers on this server.
///
/// It only saves followers the wait and the read: whatever it says can also be read from the
/// store.
#[derive(Default)]
pub(crate) struct Hub {
    topics: Mutex<HashMap<Place, Weak<Topic>>>,
}

/// One batch's meeting place. It lives as long as somebody holds it.
pub(crate) struct Topic {
    latest: watch::Sender<Latest>,
    /// Rung when the driver of an open intake should look again.
    pub(crate) intake: Notify,
}

/// The chunk a driver committed last, kept so that followers who are up to date need not read it.
pub(crate) type Latest = Option<Arc<LicenseChanges>>;

impl Hub {
    /// The topic of a batch, made when nobody holds it yet.
    pub(crate) fn topic(&self, place: Place) -> Arc<Topic> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(topic) = topics.get(&place).and_then(Weak::upgrade) {
            return topic;
        }
        topics.retain(|_, topic| topic.strong_count() > 0);
        let latest = watch::Sender::new(None);
        let topic = Arc::new(Topic {
            latest,
            intake: Notify::new(),
        });
        topics.insert(place, Arc::downgrade(&topic));
        topic
    }
}

impl Topic {
    /// Tells followers that something was committed: a chunk, or else something to read.
    pub(crate) fn publish(&self, chunk: Latest) {
        self.latest.send_replace(chunk);
        pass(Point::ChunkPublished);
    }

    pub(crate) fn follow(&self) -> watch::Receiver<Latest> {
        self.latest.subscribe()
    }
}
