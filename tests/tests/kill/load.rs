//! Random operations of callers.

mod batch;
mod directory;
mod queue;
mod request;
mod seats;

use std::sync::Arc;

use seatkeeper_failpoints::Point;
use seatkeeper_tests::Fixture;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::ledger::Ledger;
use crate::rng::Rng;
use crate::test_store::fixtures;

/// A caller of one customer, with a random number generator and the shared ledger.
pub(crate) struct Caller {
    pub(crate) fixture: Fixture,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) rng: Rng,
}

/// An operation of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Batch,
    StreamedBatch,
    Single,
    Purchase,
    Reduce,
    Cancel,
    Resume,
    Repeat,
    User,
    Customer,
    Catalog,
    Queue,
}

impl Operation {
    /// The operation that reaches a failpoint, if other operations seldom reach it.
    pub(crate) fn passing(point: Point) -> Option<Self> {
        match point.name().split('-').next()? {
            "users" | "user" => Some(Self::User),
            "customer" => Some(Self::Customer),
            "catalog" => Some(Self::Catalog),
            "cancel" => Some(Self::Cancel),
            "streamed" => Some(Self::StreamedBatch),
            "waitlist" => Some(Self::Queue),
            "single" => Some(Self::Single),
            "purchase" | "entitlement" => Some(Self::Purchase),
            _ => None,
        }
    }
}

/// Operations by frequency: callers pick one at random.
const MIX: [Operation; 24] = [
    Operation::Batch,
    Operation::Batch,
    Operation::Batch,
    Operation::Batch,
    Operation::Batch,
    Operation::Batch,
    Operation::StreamedBatch,
    Operation::Single,
    Operation::Single,
    Operation::Single,
    Operation::Single,
    Operation::Purchase,
    Operation::Reduce,
    Operation::Cancel,
    Operation::Cancel,
    Operation::Resume,
    Operation::Resume,
    Operation::Repeat,
    Operation::Repeat,
    Operation::User,
    Operation::Customer,
    Operation::Catalog,
    Operation::Queue,
    Operation::Queue,
];

/// Makes calls until the server is unreachable. Half of the calls are the favorite operation, if
/// there is one.
///
/// # Panics
/// When a response contradicts an earlier one or shows a defect.
pub(crate) async fn call(
    customers: Vec<String>,
    url: String,
    ledger: Arc<Ledger>,
    mut rng: Rng,
    favorite: Option<Operation>,
) {
    let Some(fixtures) = fixtures(&customers, &url).await else {
        return;
    };
    loop {
        let operation = favorite.filter(|_| rng.one_in(2));
        let operation = operation.unwrap_or_else(|| *rng.pick(&MIX));
        let mut caller = Caller {
            fixture: rng.pick(&fixtures).clone(),
            ledger: Arc::clone(&ledger),
            rng: rng.part(),
        };
        if let Err(status) = caller.act(operation).await
            && is_lost(&status)
        {
            return;
        }
    }
}

impl Caller {
    async fn act(&mut self, operation: Operation) -> Result<(), Status> {
        match operation {
            Operation::Batch => self.batch().await,
            Operation::StreamedBatch => self.streamed_batch().await,
            Operation::Single => self.single().await,
            Operation::Purchase => self.purchase().await,
            Operation::Reduce => self.reduce().await,
            Operation::Cancel => self.cancel().await,
            Operation::Resume => self.resume().await,
            Operation::Repeat => self.repeat().await,
            Operation::User => self.user().await,
            Operation::Customer => self.customer().await,
            Operation::Catalog => self.catalog().await,
            Operation::Queue => self.queue().await,
        }
    }

    /// A unique request id.
    fn request_id(&mut self) -> String {
        format!("request-{:016x}", self.rng.next())
    }
}

/// Whether the server is draining or unreachable. All other errors must be valid responses.
///
/// # Panics
/// When the error shows a defect of the server.
fn is_lost(status: &Status) -> bool {
    match status.code() {
        Code::Cancelled => true,
        // Errors of the transport have no details.
        Code::Unavailable => {
            let says_when = status.get_details_retry_info().is_some();
            assert!(says_when || status.details().is_empty(), "when? {status:?}");
            true
        }
        Code::Unknown | Code::Internal => {
            assert!(status.details().is_empty(), "a defect: {status:?}");
            true
        }
        Code::InvalidArgument | Code::DataLoss | Code::Unimplemented => {
            panic!("a valid call was rejected: {status:?}")
        }
        Code::Ok
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unauthenticated => false,
    }
}
