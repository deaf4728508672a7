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

/// An operation of a caller. It has a principal of its own, which the journal records.
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
    /// A batch with streamed users; all users are known if the caller finished the stream.
    Stream(BatchRequest, Streamed),
    Update(UpdateUserLicenses),
    Buy(PurchaseSeats),
    Reduce(ReduceSeats),
    User,
    Cancel,
}

/// The users that a caller streamed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streamed {
    pub(crate) sent: Vec<UserId>,
    /// Number of users that the server acknowledged as stored.
    pub(crate) acknowledged: usize,
    /// Whether the server acknowledged the end of the stream.
    pub(crate) ended: bool,
}

/// The response as the caller knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Response {
    Batch(BatchId),
    Entry(Option<JournalSequence>),
    Done,
    /// It was not applied.
    Refused,
    /// The caller got no definite response.
    Unknown,
}

/// What the followers of a batch received, recorded as one reader that reconnects.
#[derive(Debug, Clone)]
pub(crate) struct Followed {
    pub(crate) customer: CustomerId,
    pub(crate) batch: BatchId,
    /// The sequence number of the result that the reader started after.
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
    /// Whether users may be served in its name later, when seats become available.
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
