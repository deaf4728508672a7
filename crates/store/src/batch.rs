use seatkeeper_domain::{
    BatchId, BatchKey, BatchMode, BatchState, CatalogVersion, Change, CustomerKey, JournalSequence,
    OutcomeCounts, Principal, ProductKey, RequestId, SelectionId, ShortagePolicy, Timestamp,
    ViolationCounts, ViolationType,
};

/// A batch as it is stored: the request, the progress, the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The surrogate key, unique within the customer.
    pub key: BatchKey,
    /// The identifier, unique within the customer.
    pub id: BatchId,
    /// The request; never changes.
    pub spec: BatchSpec,
    /// The lifecycle state: preparing, running, succeeded or cancelled.
    pub state: BatchState,
    /// The number of users frozen so far; final once `user_stream_open` is false.
    pub user_count: i64,
    /// The number of repeated users that were dropped; the first mention counts.
    pub duplicate_count: i64,
    /// Whether the caller is still streaming users in.
    pub user_stream_open: bool,
    /// Whether the caller disconnected before the end of its user stream.
    pub user_stream_interrupted: bool,
    /// The number of users with a result; also the position where the next chunk starts.
    pub processed_count: i64,
    /// Counts over the results so far.
    pub counts: OutcomeCounts,
    /// Counts of violations over the results so far.
    pub violations: ViolationCounts,
    /// The seats available of each product concerned when the batch ended.
    pub seats_left: Vec<(ProductKey, i64)>,
    /// Seats bought for it so far, ascending by product.
    pub seats_bought: Vec<(ProductKey, i64)>,
    /// Whether cancellation was requested.
    pub cancel_requested: bool,
    /// The server that works on it.
    pub lease: Lease,
    /// When the first chunk was committed.
    pub start_time: Option<Timestamp>,
    /// When it ended; `None` while it is unfinished.
    pub end_time: Option<Timestamp>,
}

/// The request that created a batch: never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSpec {
    /// What to do with its users.
    pub task: BatchTask,
    /// The origin of its users.
    pub source: BatchSource,
    /// What a failure does to the other products or users.
    pub mode: BatchMode,
    /// What happens when there are too few seats.
    pub shortage: ShortagePolicy,
    /// Whether results contain the licenses that the user holds afterwards.
    pub report_licenses: bool,
    /// Whether the batch is cancelled when the caller that started it disconnects.
    pub cancel_on_disconnect: bool,
    /// The catalog version that decides it.
    pub catalog_version: CatalogVersion,
    /// The principal who requested it.
    pub principal: Principal,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// When it was requested.
    pub create_time: Timestamp,
}

impl BatchSpec {
    /// The other batches that it reads while it runs.
    pub fn references(&self) -> impl Iterator<Item = &BatchRef> {
        let retried = match &self.source {
            BatchSource::Failed { batch, .. } => Some(batch),
            BatchSource::Users
            | BatchSource::Filter(_)
            | BatchSource::All
            | BatchSource::Saved(_)
            | BatchSource::Stream
            | BatchSource::Reverted => None,
        };
        let reverted = match &self.task {
            BatchTask::Revert { batch, .. } => Some(batch),
            BatchTask::Change(_) => None,
        };
        retried.into_iter().chain(reverted)
    }
}

/// The progress of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchProgress {
    /// The customer that owns the batch.
    pub customer: CustomerKey,
    /// The batch's key within the customer.
    pub batch: BatchKey,
    /// The lifecycle state.
    pub state: BatchState,
    /// The number of users frozen so far.
    pub user_count: i64,
    /// The number of users with a result.
    pub processed_count: i64,
    /// The number of users with at least one failed product.
    pub failed_user_count: i64,
    /// Whether the caller is still streaming users in.
    pub user_stream_open: bool,
}

impl BatchProgress {
    /// The progress of a customer's batch.
    #[must_use]
    pub fn of(customer: CustomerKey, batch: &Batch) -> Self {
        Self {
            customer,
            batch: batch.key,
            state: batch.state,
            user_count: batch.user_count,
            processed_count: batch.processed_count,
            failed_user_count: batch.counts.users_failed,
            user_stream_open: batch.user_stream_open,
        }
    }
}

/// What a batch does with its users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchTask {
    /// Applies the same change to every user.
    Change(Change),
    /// Reverts what another batch changed. In the frozen selection, the index of each user is the
    /// sequence number of the result to revert.
    Revert {
        /// The batch to revert.
        batch: BatchRef,
        /// The products that the other batch may have changed.
        products: Vec<ProductKey>,
    },
}

impl BatchTask {
    /// The products concerned, in the caller's order; of a change, first the products to assign.
    #[must_use]
    pub fn products(&self) -> Vec<ProductKey> {
        match self {
            Self::Change(change) => change.products().collect(),
            Self::Revert { products, .. } => products.clone(),
        }
    }
}

/// A reference to another batch of the same customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRef {
    /// The other batch's surrogate key.
    pub key: BatchKey,
    /// The other batch's identifier.
    pub id: BatchId,
}

impl Batch {
    /// A reference to this batch, for another batch to store.
    #[must_use]
    pub fn to_ref(&self) -> BatchRef {
        BatchRef {
            key: self.key,
            id: self.id.clone(),
        }
    }
}

/// The origin of a batch's users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchSource {
    /// A list in the request.
    Users,
    /// A filter, in its canonical form.
    Filter(String),
    /// All users of the directory.
    All,
    /// A saved selection.
    Saved(SelectionId),
    /// A stream of users that follows the request.
    Stream,
    /// The users that failed in another batch, in its order.
    Failed {
        /// The other batch.
        batch: BatchRef,
        /// Only users with a product that failed with one of these violations; all failed users
        /// when empty.
        violations: Vec<ViolationType>,
    },
    /// The users that the reverted batch changed, in its order.
    Reverted,
}

/// The right to write the next chunk. A holder whose epoch differs from the stored one has lost the
/// lease and must not write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lease {
    /// The server process that holds the lease; `None` when it is free.
    pub owner: Option<String>,
    /// When it expires; an expired lease may be claimed by any server.
    pub until: Option<Timestamp>,
    /// The number of claims so far: the fencing token.
    pub epoch: i64,
}

/// A batch to be stored, in state [`BatchState::Preparing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The identifier, unique within the customer.
    pub id: BatchId,
    /// The request.
    pub spec: BatchSpec,
    /// The server that prepares it.
    pub lease: Lease,
    /// Whether a stream of users follows.
    pub user_stream_open: bool,
}

/// An ended batch; the order is that of the end times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedBatch {
    /// When the batch ended.
    pub end_time: Timestamp,
    /// The customer that owns it.
    pub customer: CustomerKey,
    /// Its key within the customer.
    pub batch: BatchKey,
}

/// A stored idempotency key: the request it was used for, and the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The caller's idempotency key.
    pub id: RequestId,
    /// A digest of the whole request: the same id with another digest is rejected.
    pub digest: [u8; 32],
    /// What the request led to.
    pub target: IdempotencyTarget,
    /// When the key was first used.
    pub create_time: Timestamp,
}

/// What a request led to. A retry with the same key gets its response from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdempotencyTarget {
    /// The batch that it started.
    Batch(BatchKey),
    /// The journal entry that it wrote.
    Entry(JournalSequence),
}
