use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::LicenseChanges;
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_store::BatchProgress;
use tokio::sync::Notify;

use crate::batch::address::{BatchAddress, address_of};
use crate::weak_map::WeakMap;

/// The topics through which a batch's worker on this server notifies its followers on this server.
///
/// They only save followers the wait and the read. All they carry can also be read from the store.
#[derive(Default)]
pub(crate) struct Topics {
    topics: WeakMap<BatchAddress, Topic>,
}

/// The topic of one batch. It lives as long as a worker or a follower holds it.
#[derive(Default)]
pub(crate) struct Topic {
    latest: Mutex<Published>,
    followers: AtomicUsize,
    published: Notify,
    /// Notified when the worker of a batch with an open user stream should read the batch again.
    pub(crate) worker_wakeup: Notify,
}

/// The last publication, and the number of publications.
#[derive(Default)]
struct Published {
    times: u64,
    chunk: LatestChunk,
    /// Whether the batch ended with it.
    ended: bool,
    /// The progress at the last poll.
    progress: Option<BatchProgress>,
}

/// A follower's subscription to a topic. Followers wake in the order they began to wait.
pub(crate) struct Subscription {
    topic: Arc<Topic>,
    seen: u64,
}

/// The last publication, as a follower reads it.
pub(crate) struct Latest {
    /// The number of publications. While it stays the same, there are no new results.
    pub(crate) times: u64,
    /// The chunk that was published last.
    pub(crate) chunk: LatestChunk,
    /// Whether the batch ended with it.
    pub(crate) ended: bool,
}

/// The chunk that a worker committed last. It is cached, so up-to-date followers need not read it.
pub(crate) type LatestChunk = Option<Arc<LicenseChanges>>;

impl Topics {
    /// The topic of a batch; created when there is none.
    pub(crate) fn topic(&self, address: BatchAddress) -> Arc<Topic> {
        self.topics.get_or(&address, Topic::default)
    }

    /// Wakes the followers of a batch: there may be new results to read.
    pub(crate) fn notify(&self, address: BatchAddress) {
        if let Some(topic) = self.topics.get(&address) {
            topic.publish(None, false);
        }
    }

    /// The batches with followers on this server, in order.
    pub(crate) fn followed(&self) -> Vec<BatchAddress> {
        let topics = self.topics.all().into_iter();
        let followed = topics.filter(|(_, topic)| topic.followers.load(Ordering::Relaxed) > 0);
        let mut addresses: Vec<BatchAddress> = followed.map(|(address, _)| address).collect();
        addresses.sort_unstable();
        addresses
    }

    /// Records the progress of a batch, and wakes its followers if it has advanced.
    pub(crate) fn record_progress(&self, progress: BatchProgress) {
        if let Some(topic) = self.topics.get(&address_of(&progress))
            && topic.record_progress(progress)
        {
            topic.publish(None, false);
        }
    }
}

impl Topic {
    /// Notifies followers of a commit. Without a `chunk`, they read the results from the store.
    pub(crate) fn publish(&self, chunk: LatestChunk, ended: bool) {
        let mut latest = self.latest();
        latest.times += 1;
        latest.chunk = chunk;
        latest.ended = ended;
        drop(latest);
        self.published.notify_waiters();
        fail_point(Point::ChunkPublished);
    }

    /// Subscribes to the topic. Earlier publications count as seen.
    pub(crate) fn follow(self: &Arc<Self>) -> Subscription {
        let seen = self.latest().times;
        let topic = Arc::clone(self);
        topic.followers.fetch_add(1, Ordering::Relaxed);
        Subscription { topic, seen }
    }

    /// Records the progress; returns true if the number of processed users or the state has
    /// changed.
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
    /// Returns the last publication and marks it as seen.
    pub(crate) fn latest(&mut self) -> Latest {
        let latest = self.topic.latest();
        self.seen = latest.times;
        Latest {
            times: latest.times,
            chunk: latest.chunk.clone(),
            ended: latest.ended,
        }
    }

    /// The progress at the last poll.
    pub(crate) fn progress(&self) -> Option<BatchProgress> {
        self.topic.latest().progress.clone()
    }

    /// Waits until there is an unseen publication.
    pub(crate) async fn wait(&self) {
        loop {
            // Created before the check, so that no publication in between is missed.
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
