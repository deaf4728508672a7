use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::LicenseChanges;
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::BatchProgress;
use tokio::sync::Notify;

use super::BatchAddress;
use super::progress_poller::address_of;
use crate::weak_map::WeakMap;

/// Where a batch's worker on this server meets its followers on this server.
///
/// It only saves followers the wait and the read: whatever it says can also be read from the
/// store.
#[derive(Default)]
pub(crate) struct Topics {
    topics: WeakMap<BatchAddress, Topic>,
}

/// The topic of one batch. It lives as long as somebody holds it.
#[derive(Default)]
pub(crate) struct Topic {
    latest: Mutex<Published>,
    followers: AtomicUsize,
    published: Notify,
    /// Notified when the worker of a batch whose users are streamed in should check the batch again.
    pub(crate) worker_wakeup: Notify,
}

/// What was published last, and how often something was.
#[derive(Default)]
struct Published {
    times: u64,
    chunk: LatestChunk,
    /// Whether the batch ended with it.
    ended: bool,
    /// How far the batch was when somebody last looked.
    progress: Option<BatchProgress>,
}

/// A follower's subscription to a topic. Followers wake in the order in which they began to wait.
pub(crate) struct Subscription {
    topic: Arc<Topic>,
    seen: u64,
}

/// What was published last, as a follower reads it.
pub(crate) struct Latest {
    /// How often something was published: as long as that stays, there is nothing new.
    pub(crate) times: u64,
    /// What was published last.
    pub(crate) chunk: LatestChunk,
    /// Whether the batch ended with it.
    pub(crate) ended: bool,
}

/// The chunk that a worker committed last, kept so that followers who are up to date need not read it.
pub(crate) type LatestChunk = Option<Arc<LicenseChanges>>;

impl Topics {
    /// The topic of a batch, made when nobody holds it yet.
    pub(crate) fn topic(&self, address: BatchAddress) -> Arc<Topic> {
        self.topics.get_or(&address, Topic::default)
    }

    /// Wakes those who follow a batch, if anybody does: there may be something to read.
    pub(crate) fn notify(&self, address: BatchAddress) {
        if let Some(topic) = self.topics.get(&address) {
            topic.publish(None, false);
        }
    }

    /// The batches that somebody follows, in order.
    pub(crate) fn followed(&self) -> Vec<BatchAddress> {
        let topics = self.topics.all().into_iter();
        let followed = topics.filter(|(_, topic)| topic.followers.load(Ordering::Relaxed) > 0);
        let mut addresses: Vec<BatchAddress> = followed.map(|(address, _)| address).collect();
        addresses.sort_unstable();
        addresses
    }

    /// Records how far a batch is, and wakes those who follow it when it was not so far before.
    pub(crate) fn record_progress(&self, progress: BatchProgress) {
        if let Some(topic) = self.topics.get(&address_of(&progress))
            && topic.record_progress(progress)
        {
            topic.publish(None, false);
        }
    }
}

impl Topic {
    /// Notifies followers that something was committed: a chunk, or else something to read.
    pub(crate) fn publish(&self, chunk: LatestChunk, ended: bool) {
        let mut latest = self.latest();
        latest.times += 1;
        latest.chunk = chunk;
        latest.ended = ended;
        drop(latest);
        self.published.notify_waiters();
        fail_point(Point::ChunkPublished);
    }

    /// Begins to follow: what was published before is seen already.
    pub(crate) fn follow(self: &Arc<Self>) -> Subscription {
        let seen = self.latest().times;
        let topic = Arc::clone(self);
        topic.followers.fetch_add(1, Ordering::Relaxed);
        Subscription { topic, seen }
    }

    /// Records how far the batch is; true when it was not so far, or had not ended, before.
    fn record_progress(&self, progress: BatchProgress) -> bool {
        let mut latest = self.latest();
        let before = latest.progress.as_ref();
        let is_new = before.is_none_or(|before| {
            before.processed_count != progress.processed_count || before.state != progress.state
        });
        latest.progress = Some(progress);
        is_new
    }

    fn latest(&self) -> MutexGuard<'_, Published> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// What was published last, which is then seen.
    pub(crate) fn latest(&mut self) -> Latest {
        let latest = self.topic.latest();
        self.seen = latest.times;
        Latest {
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
            let published = self.topic.published.notified();
            if self.topic.latest().times != self.seen {
                return;
            }
            published.await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.topic.followers.fetch_sub(1, Ordering::Relaxed);
    }
}
