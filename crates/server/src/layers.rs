//! What every call passes, outermost first: the end of the request's body is watched, the call is
//! logged, a panic becomes a status, grpc-web is translated, and statuses that the transport made
//! get the details that ours have.

mod catch_panic;
mod complete;
mod log;
mod request_end;

pub(crate) use catch_panic::CatchPanicLayer;
pub(crate) use complete::complete;
pub(crate) use log::LogLayer;
pub(crate) use request_end::watch_end;
