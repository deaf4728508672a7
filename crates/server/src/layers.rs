//! What every call passes, outermost first: the answer's bytes are counted, the request's body is
//! watched, the call is logged, a panic becomes a status, what is not gRPC or names another host is
//! refused, grpc-web is translated, probes are counted, too much is refused, what takes too long is
//! ended, messages are received within their limits, and statuses that the transport made get the
//! details that ours have.

mod access_log;
mod admission;
mod catch_panic;
mod deadline;
mod error_details;
mod host;
mod probes;
mod receive;
mod request_body;
mod response_body;

pub(crate) use access_log::AccessLogLayer;
pub(crate) use admission::AdmissionLayer;
pub(crate) use catch_panic::CatchPanicLayer;
pub(crate) use deadline::DeadlineLayer;
pub(crate) use host::HostLayer;
pub(crate) use probes::ProbesLayer;
pub(crate) use receive::ReceiveLayer;
pub(crate) use request_body::RequestBodyLayer;
pub(crate) use response_body::ResponseBodyLayer;
