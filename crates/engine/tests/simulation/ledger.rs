use std::sync::Mutex;

use seatkeeper_domain::{
    BatchId, CustomerId, Decision, JournalSequence, RequestId, ShortagePolicy, UserId,
};
use seatkeeper_engine::{
    Batch, BatchRequest, PurchaseSeats, ReduceSeats, Selector, UpdateUserLicenses,
};

/// The history of operations with their responses, which is checked against the journal.
#[derive(Default)]
pub(crate) struct Ledger {
    operations: Mutex<Vec<Operation>>,
    followed: Mutex<Vec<Followed>>,
}

/// One thing a caller asked for, under a principal of its own: the journal names it.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) principal: String,
    pub(crate) customer: CustomerId,
    pub(crate) request: SentRequest,
    pub(crate) response: Response,
}

#[derive(Debug, Clone)]
pub(crate) enum SentRequest {
    Batch(BatchRequest, Selector),
    /// A batch whose users were streamed in; whole when the caller ended the stream.
    Stream(BatchRequest, Streamed),
    Update(UpdateUserLicenses),
    Buy(PurchaseSeats),
    Reduce(ReduceSeats),
    User,
    Cancel,
}

/// Users that a caller streamed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streamed {
    pub(crate) sent: Vec<UserId>,
    /// How many of them the server said it had written down.
    pub(crate) acknowledged: usize,
    /// Whether the server said it had them all.
    pub(crate) ended: bool,
}

/// The response as the caller knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Response {
    Batch(BatchId),
    Entry(Option<JournalSequence>),
    Done,
    /// It was not done.
    Refused,
    /// Nobody said.
    Unknown,
}

/// What the followers of a batch were told, all together one reader who reconnects.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    pub(crate) customer: CustomerId,
    pub(crate) batch: BatchId,
    /// After which result the reader began.
    pub(crate) from: i64,
    pub(crate) results: Vec<ReceivedResult>,
    pub(crate) finished: Batch,
}

/// One result as a reader received it, or as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReceivedResult {
    pub(crate) sequence: i64,
    pub(crate) user: UserId,
    pub(crate) index: Option<i64>,
    pub(crate) decision: Decision,
}

impl Ledger {
    pub(crate) fn note(&self, operation: Operation) {
        self.operations.lock().unwrap().push(operation);
    }

    pub(crate) fn note_followed(&self, followed: Followed) {
        self.followed.lock().unwrap().push(followed);
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.operations.lock().unwrap().clone()
    }

    pub(crate) fn followed(&self) -> Vec<Followed> {
        self.followed.lock().unwrap().clone()
    }
}

impl Operation {
    /// Whether users may be served in its name later, when there are seats.
    pub(crate) fn may_wait(&self) -> bool {
        let shortage = match &self.request {
            SentRequest::Batch(request, _) | SentRequest::Stream(request, _) => request.shortage,
            SentRequest::Update(update) => update.shortage,
            SentRequest::Buy(_)
            | SentRequest::Reduce(_)
            | SentRequest::User
            | SentRequest::Cancel => return false,
        };
        shortage == ShortagePolicy::Waitlist
    }

    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        match &self.request {
            SentRequest::Batch(request, _) | SentRequest::Stream(request, _) => {
                request.request_id.as_ref()
            }
            SentRequest::Update(update) => update.request_id.as_ref(),
            SentRequest::Buy(purchase) => purchase.request_id.as_ref(),
            SentRequest::Reduce(reduce) => reduce.request_id.as_ref(),
            SentRequest::User | SentRequest::Cancel => None,
        }
    }
}
