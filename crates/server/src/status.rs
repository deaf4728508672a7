//! The one place where errors become a status of gRPC.
//!
//! Every status carries exactly one `ErrorInfo`, and beside it the details that fit. INTERNAL
//! stands for defects alone; their cause goes to the log, under an id that the caller is given.

mod answer;
mod engine;
mod fields;
mod resource;

#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::Duration;

use seatkeeper_domain::Permission;
use seatkeeper_proto::v1::ErrorReason;
use tonic::{Code, Status};

pub(crate) use engine::draining;

use crate::error::ServerError;
use crate::limits::RETRY_QUOTA;
use crate::overload::{CallerKey, Exceeded};
use answer::Answer;

/// What takes more than fits one message.
const MORE_THAN_A_MESSAGE: &str = "StreamBatchUpdateLicenses or a saved selection for lists of \
                                   users, smaller messages in ImportUsers and ImportCatalog";

impl From<ServerError> for Status {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Engine(error) => engine::status(error),
            ServerError::Fields(errors) => fields::status(&errors),
            ServerError::StreamOrder { index, expected } => stream_order(index, expected),
            ServerError::MessageTooLarge { max } => message_too_large(max),
            ServerError::Malformed => malformed(),
            ServerError::TooManyStreams { max } => too_many_streams(max),
            ServerError::TooManyCalls { max, retry } => too_many_calls(max, retry),
            ServerError::TooManyCallsOfCaller {
                caller,
                calls_per_second,
                retry,
            } => too_many_calls_of_caller(caller, calls_per_second, retry),
            ServerError::TooManyProbes { caller, exceeded } => too_many_probes(caller, exceeded),
            ServerError::ProbeEnded { patience } => probe_ended(patience),
            ServerError::DeadlineExceeded { patience } => deadline_exceeded(patience),
            ServerError::StreamBroken => Status::cancelled("the stream of requests broke off"),
            ServerError::ResumePointUnknown { given, max } => resume_point_unknown(given, max),
            ServerError::ServicePlanNotFound { name } => resource::not_found(
                "seatkeeper/ServicePlan",
                ErrorReason::ServicePlanNotFound,
                &name,
            ),
            ServerError::PermissionDenied { permission } => permission_denied(permission),
            ServerError::NotImplemented { what } => not_implemented(what),
            ServerError::Panicked => answer::defect(&error),
        }
    }
}

fn stream_order(index: i64, expected: &str) -> Status {
    let message = format!("message {index} of the stream is out of order: {expected}");
    Answer::new(
        Code::InvalidArgument,
        ErrorReason::StreamOutOfOrder,
        message,
    )
    .with("message_index", index)
    .into_status()
}

fn message_too_large(max: usize) -> Status {
    let message = format!(
        "the message is too large: at most {max} bytes are taken; use {MORE_THAN_A_MESSAGE}"
    );
    Answer::new(Code::InvalidArgument, ErrorReason::MessageTooLarge, message)
        .with("maximum_bytes", max)
        .with("alternative", "StreamBatchUpdateLicenses")
        .into_status()
}

fn malformed() -> Status {
    let message = "the message can't be decoded: it is not what the contract says";
    Answer::new(Code::InvalidArgument, ErrorReason::InvalidField, message)
        .with("field", "")
        .into_status()
}

fn too_many_streams(max: usize) -> Status {
    let message = format!("{max} result streams are open, as many as this server allows");
    Answer::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", "open_streams")
        .with("given", max.saturating_add(1))
        .with("maximum", max)
        .quota(
            "server",
            format!("open_streams: at most {max} result streams may be open at once"),
        )
        .retry_after(RETRY_QUOTA)
        .into_status()
}

fn too_many_calls(max: usize, retry: Duration) -> Status {
    let message = format!("{max} calls are under way, as many as this server allows");
    Answer::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", "calls_at_once")
        .with("given", max.saturating_add(1))
        .with("maximum", max)
        .quota(
            "server",
            format!("calls_at_once: at most {max} calls may be under way at once"),
        )
        .retry_after(retry)
        .into_status()
}

fn too_many_calls_of_caller(caller: IpAddr, calls_per_second: u32, retry: Duration) -> Status {
    let message = format!("{caller} makes more than {calls_per_second} calls a second");
    Answer::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", "calls_per_second_per_caller")
        .with("maximum", calls_per_second)
        .with("caller", caller)
        .quota(
            &format!("clientip:{caller}"),
            format!(
                "calls_per_second_per_caller: at most {calls_per_second} calls may come from one \
                 address in a second"
            ),
        )
        .retry_after(retry)
        .into_status()
}

fn too_many_probes(caller: CallerKey, exceeded: Exceeded) -> Status {
    let (limit, max, subject) = match exceeded {
        Exceeded::Server(max) => ("probes_at_once", max, "server".to_owned()),
        Exceeded::Caller(max) => ("probes_per_caller", max, format!("clientip:{caller}")),
    };
    let message = format!(
        "{max} health and reflection calls of {subject} are under way, as many as this server allows"
    );
    Answer::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", limit)
        .with("given", max.saturating_add(1))
        .with("maximum", max)
        .quota(
            &subject,
            format!("{limit}: at most {max} health and reflection calls may be under way at once"),
        )
        .retry_after(RETRY_QUOTA)
        .into_status()
}

fn probe_ended(patience: Duration) -> Status {
    let patience = patience.as_millis();
    let message = format!(
        "the server ends health and reflection calls that are open or silent for {patience} ms; call \
         again"
    );
    Answer::new(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        message,
    )
    .with("maximum_milliseconds", patience)
    .into_status()
}

fn deadline_exceeded(patience: Duration) -> Status {
    let patience = patience.as_millis();
    let message = format!(
        "the call was not done after {patience} ms: what it changes is carried out or is not; read \
         it back, or send it again with the same request id"
    );
    Answer::new(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        message,
    )
    .with("maximum_milliseconds", patience)
    .into_status()
}

fn resume_point_unknown(given: i64, max: i64) -> Status {
    let message =
        format!("there is no result {given} to go on after; the last one so far is {max}");
    Answer::new(Code::OutOfRange, ErrorReason::ResumePointUnknown, message)
        .with("given", given)
        .with("minimum", 0)
        .with("maximum", max)
        .into_status()
}

fn permission_denied(permission: Permission) -> Status {
    let message = format!("none of the caller's roles has the permission {permission}");
    Answer::new(
        Code::PermissionDenied,
        ErrorReason::PermissionDenied,
        message,
    )
    .with("permission", permission)
    .into_status()
}

fn not_implemented(what: &str) -> Status {
    let message = format!("{what} is not implemented yet");
    Answer::new(Code::Unimplemented, ErrorReason::NotImplemented, message)
        .with("feature", what)
        .into_status()
}

/// A status as part of an answer. It has its details already, in the encoding of the contract.
pub(crate) fn to_rpc(status: &Status) -> tonic_types::Status {
    use prost::Message as _;
    let details = tonic_types::Status::decode(status.details());
    details.unwrap_or_else(|_| tonic_types::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}
