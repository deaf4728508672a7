use std::sync::Mutex;

use seatkeeper_domain::{
    BatchId, CustomerId, Decision, JournalSequence, RequestId, ShortagePolicy, UserId,
};
use seatkeeper_engine::{
    Batch, BatchRequest, PurchaseSeats, ReduceSeats, Selector, UpdateUserLicenses,
};

/// What callers asked for and what they were told: the evidence that is held against the journal.
#[derive(Default)]
pub(crate) struct Ledger {
    deeds: Mutex<Vec<Deed>>,
    followed: Mutex<Vec<Followed>>,
}

/// One thing a caller asked for, under an actor of its own: the journal names it.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) actor: String,
    pub(crate) customer: CustomerId,
    pub(crate) asked: Asked,
    pub(crate) came_to: CameTo,
}

#[derive(Debug, Clone)]
pub(crate) enum Asked {
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

/// What the caller knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CameTo {
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
    pub(crate) results: Vec<Told>,
    pub(crate) finished: Batch,
}

/// One result as it was told, or as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) sequence: i64,
    pub(crate) user: UserId,
    pub(crate) index: Option<i64>,
    pub(crate) decision: Decision,
}

impl Ledger {
    pub(crate) fn note(&self, deed: Deed) {
        self.deeds.lock().unwrap().push(deed);
    }

    pub(crate) fn note_followed(&self, followed: Followed) {
        self.followed.lock().unwrap().push(followed);
    }

    pub(crate) fn deeds(&self) -> Vec<Deed> {
        self.deeds.lock().unwrap().clone()
    }

    pub(crate) fn followed(&self) -> Vec<Followed> {
        self.followed.lock().unwrap().clone()
    }
}

impl Deed {
    /// Whether users may be served in its name later, when there are seats.
    pub(crate) fn may_wait(&self) -> bool {
        let shortage = match &self.asked {
            Asked::Batch(request, _) | Asked::Stream(request, _) => request.shortage,
            Asked::Update(update) => update.shortage,
            Asked::Buy(_) | Asked::Reduce(_) | Asked::User | Asked::Cancel => return false,
        };
        shortage == ShortagePolicy::Waitlist
    }

    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        match &self.asked {
            Asked::Batch(request, _) | Asked::Stream(request, _) => request.request_id.as_ref(),
            Asked::Update(update) => update.request_id.as_ref(),
            Asked::Buy(purchase) => purchase.request_id.as_ref(),
            Asked::Reduce(reduce) => reduce.request_id.as_ref(),
            Asked::User | Asked::Cancel => None,
        }
    }
}
