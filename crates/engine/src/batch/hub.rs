use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::LicenseChanges;
use seatkeeper_fault::{Point, pass};
use seatkeeper_store::BatchProgress;
use tokio::sync::Notify;

use super::Place;
use super::lookout::place_of;
use crate::while_used::WhileUsed;

/// Where a batch's driver on this server meets its followers on this server.
///
/// It only saves followers the wait and the read: whatever it says can also be read from the
/// store.
#[derive(Default)]
pub(crate) struct Hub {
    topics: WhileUsed<Place, Topic>,
}

/// One batch's meeting place. It lives as long as somebody holds it.
#[derive(Default)]
pub(crate) struct Topic {
    latest: Mutex<Published>,
    followers: AtomicUsize,
    news: Notify,
    /// Rung when the driver of an open intake should look again.
    pub(crate) intake: Notify,
}

/// What was published last, and how often something was.
#[derive(Default)]
struct Published {
    times: u64,
    chunk: Latest,
    /// Whether the batch ended with it.
    ended: bool,
    /// How far the batch was when somebody last looked.
    progress: Option<BatchProgress>,
}

/// A follower's end of a topic. News wake followers in the order in which they began to wait.
pub(crate) struct News {
    topic: Arc<Topic>,
    seen: u64,
}

/// What a follower sees when it looks.
pub(crate) struct Look {
    /// How often something was published: as long as that stays, there is nothing new.
    pub(crate) times: u64,
    /// What was published last.
    pub(crate) chunk: Latest,
    /// Whether the batch ended with it.
    pub(crate) ended: bool,
}

/// The chunk a driver committed last, kept so that followers who are up to date need not read it.
pub(crate) type Latest = Option<Arc<LicenseChanges>>;

impl Hub {
    /// The topic of a batch, made when nobody holds it yet.
    pub(crate) fn topic(&self, place: Place) -> Arc<Topic> {
        self.topics.get_or(&place, Topic::default)
    }

    /// Wakes those who follow a batch, if anybody does: there may be something to read.
    pub(crate) fn ring(&self, place: Place) {
        if let Some(topic) = self.topics.get(&place) {
            topic.publish(None, false);
        }
    }

    /// The batches that somebody follows, in order.
    pub(crate) fn followed(&self) -> Vec<Place> {
        let topics = self.topics.all().into_iter();
        let followed = topics.filter(|(_, topic)| topic.followers.load(Ordering::Relaxed) > 0);
        let mut places: Vec<Place> = followed.map(|(place, _)| place).collect();
        places.sort_unstable();
        places
    }

    /// Notes how far a batch is, and wakes those who follow it when it was not so far before.
    pub(crate) fn saw(&self, progress: BatchProgress) {
        if let Some(topic) = self.topics.get(&place_of(&progress))
            && topic.saw(progress)
        {
            topic.publish(None, false);
        }
    }
}

impl Topic {
    /// Tells followers that something was committed: a chunk, or else something to read.
    pub(crate) fn publish(&self, chunk: Latest, ended: bool) {
        let mut latest = self.latest();
        latest.times += 1;
        latest.chunk = chunk;
        latest.ended = ended;
        drop(latest);
        self.news.notify_waiters();
        pass(Point::ChunkPublished);
    }

    /// Begins to follow: what was published before is seen already.
    pub(crate) fn follow(self: &Arc<Self>) -> News {
        let seen = self.latest().times;
        let topic = Arc::clone(self);
        topic.followers.fetch_add(1, Ordering::Relaxed);
        News { topic, seen }
    }

    /// Notes how far the batch is; true when it was not so far, or had not ended, before.
    fn saw(&self, progress: BatchProgress) -> bool {
        let mut latest = self.latest();
        let before = latest.progress.as_ref();
        let news = before.is_none_or(|before| {
            before.processed_count != progress.processed_count || before.state != progress.state
        });
        latest.progress = Some(progress);
        news
    }

    fn latest(&self) -> MutexGuard<'_, Published> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl News {
    /// What was published last, which is then seen.
    pub(crate) fn look(&mut self) -> Look {
        let latest = self.topic.latest();
        self.seen = latest.times;
        Look {
            times: latest.times,
            chunk: latest.chunk.clone(),
            ended: latest.ended,
        }
    }

    /// How far the batch was when somebody last looked.
    pub(crate) fn progress(&self) -> Option<BatchProgress> {
        self.topic.latest().progress.clone()
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

impl Drop for News {
    fn drop(&mut self) {
        self.topic.followers.fetch_sub(1, Ordering::Relaxed);
    }
}
