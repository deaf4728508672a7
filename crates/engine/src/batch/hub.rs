use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use seatkeeper_domain::LicenseChanges;
use seatkeeper_fault::{Point, pass};
use tokio::sync::Notify;

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
#[derive(Default)]
pub(crate) struct Topic {
    latest: Mutex<Published>,
    news: Notify,
    /// Rung when the driver of an open intake should look again.
    pub(crate) intake: Notify,
}

/// What was published last, and how often something was.
#[derive(Default)]
struct Published {
    times: u64,
    chunk: Latest,
}

/// A follower's end of a topic. News wake followers in the order in which they began to wait.
pub(crate) struct News {
    topic: Arc<Topic>,
    seen: u64,
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
        let topic = Arc::<Topic>::default();
        topics.insert(place, Arc::downgrade(&topic));
        topic
    }

    /// Wakes those who follow a batch, if anybody does: there may be something to read.
    pub(crate) fn ring(&self, place: Place) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = topics.get(&place).and_then(Weak::upgrade);
        drop(topics);
        if let Some(topic) = topic {
            topic.publish(None);
        }
    }
}

impl Topic {
    /// Tells followers that something was committed: a chunk, or else something to read.
    pub(crate) fn publish(&self, chunk: Latest) {
        let mut latest = self.latest();
        latest.times += 1;
        latest.chunk = chunk;
        drop(latest);
        self.news.notify_waiters();
        pass(Point::ChunkPublished);
    }

    /// Begins to follow: what was published before is seen already.
    pub(crate) fn follow(self: &Arc<Self>) -> News {
        let seen = self.latest().times;
        let topic = Arc::clone(self);
        News { topic, seen }
    }

    fn latest(&self) -> MutexGuard<'_, Published> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl News {
    /// What was published last, which is then seen.
    pub(crate) fn look(&mut self) -> Latest {
        let latest = self.topic.latest();
        self.seen = latest.times;
        latest.chunk.clone()
    }

    /// Waits until there is something that was not seen yet.
    pub(crate) async fn wait(&self) {
        loop {
            // Made before looking, so that nothing published in between is missed.
            let news = self.topic.news.notified();
            if self.topic.latest().times != self.seen {
                return;
            }
            news.await;
        }
    }
}
