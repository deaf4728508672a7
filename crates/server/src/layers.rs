//! What every call passes, outermost first: the answer's bytes are counted, the request's body is
//! watched, the call is logged, a panic becomes a status, grpc-web is translated, too much is refused,
//! what takes too long is ended, and statuses that the transport made get the details that ours have.

mod admission;
mod answer;
mod catch_panic;
mod complete;
mod deadline;
mod log;
mod request_body;

pub(crate) use admission::AdmissionLayer;
pub(crate) use answer::AnswerLayer;
pub(crate) use catch_panic::CatchPanicLayer;
pub(crate) use complete::complete;
pub(crate) use deadline::DeadlineLayer;
pub(crate) use log::LogLayer;
pub(crate) use request_body::RequestBodyLayer;
