//! What callers do, by chance.

mod batch;
mod directory;
mod queue;
mod request;
mod seats;

use std::sync::Arc;

use seatkeeper_fault::Point;
use seatkeeper_tests::Scene;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::chance::Chance;
use crate::ledger::Ledger;
use crate::stage::scenes;

/// A caller.
pub(crate) struct Caller {
    pub(crate) scene: Scene,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) chance: Chance,
}

/// What a caller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
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

impl Deed {
    /// In the course of which a point is passed, where that is seldom otherwise.
    pub(crate) fn passing(point: Point) -> Option<Self> {
        match point.name().split('-').next()? {
            "users" | "user" => Some(Self::User),
            "customer" => Some(Self::Customer),
            "catalog" => Some(Self::Catalog),
            "cancel" => Some(Self::Cancel),
            "intake" => Some(Self::StreamedBatch),
            "waitlist" => Some(Self::Queue),
            "single" => Some(Self::Single),
            "purchase" | "entitlement" => Some(Self::Purchase),
            _ => None,
        }
    }
}

/// Deeds, as often as they are done among so many.
const MIX: [Deed; 24] = [
    Deed::Batch,
    Deed::Batch,
    Deed::Batch,
    Deed::Batch,
    Deed::Batch,
    Deed::Batch,
    Deed::StreamedBatch,
    Deed::Single,
    Deed::Single,
    Deed::Single,
    Deed::Single,
    Deed::Purchase,
    Deed::Reduce,
    Deed::Cancel,
    Deed::Cancel,
    Deed::Resume,
    Deed::Resume,
    Deed::Repeat,
    Deed::Repeat,
    Deed::User,
    Deed::Customer,
    Deed::Catalog,
    Deed::Queue,
    Deed::Queue,
];

/// Calls a server until it is gone; half of the time to do the favorite deed, if there is one.
///
/// # Panics
/// When what it tells can't be.
pub(crate) async fn call(
    customers: Vec<String>,
    url: String,
    ledger: Arc<Ledger>,
    mut chance: Chance,
    favorite: Option<Deed>,
) {
    let Some(scenes) = scenes(&customers, &url).await else {
        return;
    };
    loop {
        let deed = favorite.filter(|_| chance.one_in(2));
        let deed = deed.unwrap_or_else(|| *chance.pick(&MIX));
        let mut caller = Caller {
            scene: chance.pick(&scenes).clone(),
            ledger: Arc::clone(&ledger),
            chance: chance.part(),
        };
        if let Err(status) = caller.act(deed).await
            && is_lost(&status)
        {
            return;
        }
    }
}

impl Caller {
    async fn act(&mut self, deed: Deed) -> Result<(), Status> {
        match deed {
            Deed::Batch => self.batch().await,
            Deed::StreamedBatch => self.streamed_batch().await,
            Deed::Single => self.single().await,
            Deed::Purchase => self.purchase().await,
            Deed::Reduce => self.reduce().await,
            Deed::Cancel => self.cancel().await,
            Deed::Resume => self.resume().await,
            Deed::Repeat => self.repeat().await,
            Deed::User => self.user().await,
            Deed::Customer => self.customer().await,
            Deed::Catalog => self.catalog().await,
            Deed::Queue => self.queue().await,
        }
    }

    /// A request id that nobody else uses.
    fn request_id(&mut self) -> String {
        format!("request-{:016x}", self.chance.next())
    }
}

/// Whether the server is gone, or going. Everything else a server says must be an answer.
///
/// # Panics
/// When the server has a defect.
fn is_lost(status: &Status) -> bool {
    match status.code() {
        Code::Cancelled => true,
        // What the transport says has no details.
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
            panic!("a call in good order: {status:?}")
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
