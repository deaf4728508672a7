//! One file per service. Every method has three steps: parse the request into a command of the
//! engine, run it, convert the response.

mod batches;
mod catalog;
mod customers;
mod directory;
mod entitlements;
mod journal;
mod licenses;
mod request_stream;
mod response_stream;
mod selections;
mod waitlist;

pub(crate) use batches::Batches;
pub(crate) use catalog::Catalogs;
pub(crate) use customers::Customers;
pub(crate) use directory::Directory;
pub(crate) use entitlements::Entitlements;
pub(crate) use journal::Journal;
pub(crate) use licenses::Licenses;
pub(crate) use request_stream::BodyEnd;
pub(crate) use selections::Selections;
pub(crate) use waitlist::Waitlist;

use std::time::Duration;

use seatkeeper_engine::Engine;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::BlockingPool;

/// The dependencies of the services. Cheap to clone; clones share everything.
#[derive(Clone)]
pub(crate) struct Context {
    /// Runs the commands.
    pub(crate) engine: Engine,
    /// The most bytes of one request message that can hold a list of users.
    pub(crate) message_bytes_max: usize,
    /// Parses large requests.
    pub(crate) pool: BlockingPool,
    /// The timeout for the next message of a request stream.
    pub(crate) request_idle_max: Duration,
    /// The tasks that receive user streams.
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the server shuts down.
    pub(crate) stop: CancellationToken,
}
