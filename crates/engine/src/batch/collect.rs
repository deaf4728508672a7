use std::sync::Arc;

use seatkeeper_domain::{CustomerKey, UserId};
use seatkeeper_store::{BatchSource, Selected};

use super::draft::Draft;
use super::request::BatchRequest;
use super::start::StartedBatch;
use super::stretch::Stretch;
use super::survey::length;
use crate::deduplicate::Deduplicator;
use crate::engine::Shared;
use crate::{Engine, EngineError, EngineResult};

/// What collecting the users of a batch begins with.
pub enum Collecting {
    /// An earlier call under the same request id had started the batch.
    Joined(StartedBatch),
    /// The users are to be pushed.
    Open(Collection),
}

/// The users of a batch that must know them all before it starts: all-or-nothing, or with every
/// seat required. They are written down as they come.
///
/// Dropping a collection without [`Collection::finish`] means there is no batch.
pub struct Collection {
    open: Option<Open>,
}

struct Open {
    shared: Arc<Shared>,
    customer: CustomerKey,
    draft: Draft,
    deduplicator: Deduplicator,
    waiting: Vec<Selected>,
    received: i64,
}

impl Engine {
    /// Begins to collect the users of a batch.
    pub async fn collect_users(&self, request: BatchRequest) -> EngineResult<Collecting> {
        let checked = self.check_request(&request).await?;
        let customer = self.find_customer(&request.customer).await?.key;
        let identity = request.request(&checked.change, None);
        if let Some(batch) = self.earlier_batch(customer, identity.as_ref()).await? {
            return Ok(Collecting::Joined(StartedBatch {
                batch,
                customer,
                joined: true,
            }));
        }
        let shared = &self.shared;
        let source = BatchSource::Stream;
        let draft = Draft::new(shared, customer, &request, &checked, identity, source)?;
        let open = Open {
            shared: Arc::clone(shared),
            customer,
            draft,
            deduplicator: Deduplicator::default(),
            waiting: Vec::new(),
            received: 0,
        };
        Ok(Collecting::Open(Collection { open: Some(open) }))
    }
}

impl Collection {
    /// Takes users in.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when the batch would have too many users; there is then no batch.
    pub async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        match &mut self.open {
            Some(open) => open.push(users).await,
            None => Ok(()),
        }
    }

    /// Starts the batch: these were all the users.
    pub async fn finish(mut self) -> EngineResult<StartedBatch> {
        // Taken out only once accepted, so that an error leaves the draft to be abandoned.
        let open = self.open.as_mut().ok_or(EngineError::TaskLost)?;
        let waiting = std::mem::take(&mut open.waiting);
        let stretch = Stretch::of(&waiting, open.shared.limits.segment_users);
        let duplicates = open.deduplicator.duplicates();
        let started = open.draft.write(stretch, duplicates, true).await?;
        self.open = None;
        started.ok_or(EngineError::TaskLost)
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            let tasks = open.shared.batches.tasks.clone();
            tasks.spawn(async move { open.draft.abandon().await });
        }
    }
}

impl Open {
    async fn push(&mut self, users: &[UserId]) -> EngineResult<()> {
        let keys = self
            .shared
            .store
            .resolve_users(self.customer, users)
            .await?;
        let mut selected = self.deduplicator.collapse(users, &keys, self.received);
        self.received += length(users.len());
        self.waiting.append(&mut selected);
        // Whole chunks only: what is over waits for more.
        let chunk = self.shared.limits.segment_users;
        let whole = self.waiting.len() / chunk * chunk;
        if whole < chunk * self.shared.limits.freeze_segments_read {
            return Ok(());
        }
        let rest = self.waiting.split_off(whole);
        let stretch = Stretch::of(&self.waiting, chunk);
        self.waiting = rest;
        self.draft
            .write(stretch, self.deduplicator.duplicates(), false)
            .await?;
        Ok(())
    }
}
