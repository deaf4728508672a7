//! The layers that every call passes, outermost first:
//!
//! 1. count the response bytes;
//! 2. watch the request body;
//! 3. log the call;
//! 4. turn a panic into a status;
//! 5. reject calls that are not gRPC or that name another host;
//! 6. translate grpc-web;
//! 7. count probes;
//! 8. apply admission control;
//! 9. apply the deadline;
//! 10. receive messages within their limits, and add details to statuses of the transport.

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
