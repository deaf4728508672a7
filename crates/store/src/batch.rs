use seatkeeper_domain::{
    BatchId, BatchKey, BatchMode, BatchState, CatalogVersion, Change, CustomerKey, JournalSequence,
    OutcomeCounts, Principal, ProductKey, RequestId, SelectionId, ShortagePolicy, Timestamp,
    ViolationCounts, ViolationType,
};

/// A batch as it is stored: what was asked, how far it is, who works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its surrogate within the customer.
    pub key: BatchKey,
    /// Its identifier.
    pub id: BatchId,
    /// What was asked.
    pub spec: BatchSpec,
    /// Where it is in its life.
    pub state: BatchState,
    /// Users frozen so far; final once `user_stream_open` is false.
    pub user_count: i64,
    /// Repeated users that collapsed into their first mention.
    pub duplicate_count: i64,
    /// Whether the caller is still streaming users in.
    pub user_stream_open: bool,
    /// Whether the caller vanished before it had ended its stream of users.
    pub user_stream_interrupted: bool,
    /// Users with a result; the position where the next chunk starts.
    pub processed_count: i64,
    /// Counts over the results so far.
    pub counts: OutcomeCounts,
    /// Counts of violations over the results so far.
    pub violations: ViolationCounts,
    /// Seats available per product concerned when the batch ended.
    pub seats_left: Vec<(ProductKey, i64)>,
    /// Seats bought for it so far, ascending by product.
    pub seats_bought: Vec<(ProductKey, i64)>,
    /// Whether someone asked for it to stop.
    pub cancel_requested: bool,
    /// Who works on it.
    pub lease: Lease,
    /// When the first chunk was committed.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
}

/// What was asked of a batch: never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchSpec {
    /// What to do with its users.
    pub task: BatchTask,
    /// Where its users came from.
    pub source: BatchSource,
    /// What a failure does to the rest.
    pub mode: BatchMode,
    /// What to do when seats run short.
    pub shortage: ShortagePolicy,
    /// Whether results carry the licenses held afterwards.
    pub report_licenses: bool,
    /// Whether the batch is cancelled when the caller that started it hangs up.
    pub cancel_on_disconnect: bool,
    /// The catalog it is decided by.
    pub catalog_version: CatalogVersion,
    /// Who asked for it.
    pub principal: Principal,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// When it was asked for.
    pub create_time: Timestamp,
}

impl BatchSpec {
    /// The other batches that it reads while it goes on.
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

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchProgress {
    /// Whose it is.
    pub customer: CustomerKey,
    /// Which.
    pub batch: BatchKey,
    /// Where it is in its life.
    pub state: BatchState,
    /// Users frozen so far.
    pub user_count: i64,
    /// Users with a result.
    pub processed_count: i64,
    /// Users of whom a product failed.
    pub failed_user_count: i64,
    /// Whether the caller is still streaming users in.
    pub user_stream_open: bool,
}

impl BatchProgress {
    /// How far a batch of a customer is.
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
    /// The same change for each.
    Change(Change),
    /// Puts back what another batch changed. The frozen selection tells for each user the result
    /// that is put back, in place of an index.
    Revert {
        /// The other batch.
        batch: BatchRef,
        /// The products that it may have changed.
        products: Vec<ProductKey>,
    },
}

impl BatchTask {
    /// The products concerned; of a change, those to assign first, each in the caller's order.
    #[must_use]
    pub fn products(&self) -> Vec<ProductKey> {
        match self {
            Self::Change(change) => change.products().collect(),
            Self::Revert { products, .. } => products.clone(),
        }
    }
}

/// Another batch of the same customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRef {
    /// Its surrogate.
    pub key: BatchKey,
    /// Its identifier.
    pub id: BatchId,
}

impl Batch {
    /// Itself, for another batch to refer to.
    #[must_use]
    pub fn to_ref(&self) -> BatchRef {
        BatchRef {
            key: self.key,
            id: self.id.clone(),
        }
    }
}

/// Where a batch's users came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchSource {
    /// A list in the request.
    Users,
    /// A filter, in its canonical form.
    Filter(String),
    /// Everyone in the directory.
    All,
    /// A saved selection.
    Saved(SelectionId),
    /// A stream of users.
    Stream,
    /// The users whom another batch failed, in its order.
    Failed {
        /// The other batch.
        batch: BatchRef,
        /// Only those of whom a product failed with one of these; all when empty.
        violations: Vec<ViolationType>,
    },
    /// The users whom the batch that is reverted changed, in its order.
    Reverted,
}

/// Who may write the next chunk. A holder whose epoch is no longer the stored one has been
/// superseded and must not write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lease {
    /// The server process that holds it, `None` when nobody does.
    pub owner: Option<String>,
    /// Until when; a lease that has run out may be claimed by anyone.
    pub until: Option<Timestamp>,
    /// Counts the claims: the fencing token.
    pub epoch: i64,
}

/// A batch to be written down, in state [`BatchState::Preparing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// Its identifier.
    pub id: BatchId,
    /// What is asked.
    pub spec: BatchSpec,
    /// Who prepares it.
    pub lease: Lease,
    /// Whether the caller will stream users in.
    pub user_stream_open: bool,
}

/// A batch that has ended, in the order in which batches ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedBatch {
    /// When.
    pub end_time: Timestamp,
    /// Whose.
    pub customer: CustomerKey,
    /// Which.
    pub batch: BatchKey,
}

/// A stored idempotency key: the request it was used for, and the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// The caller's idempotency key.
    pub id: RequestId,
    /// A digest of the whole request: the same id with another digest is refused.
    pub digest: [u8; 32],
    /// Where its result is.
    pub target: IdempotencyTarget,
    /// When it was first used.
    pub create_time: Timestamp,
}

/// Where the result of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdempotencyTarget {
    /// A batch.
    Batch(BatchKey),
    /// A journal entry.
    Entry(JournalSequence),
}
