//! Turns errors into gRPC statuses; no other place does.
//!
//! Every status carries exactly one `ErrorInfo`, and the other details that fit. INTERNAL stands
//! for defects alone: the server logs the cause and sends the caller the id of the log line.

mod builder;
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

use crate::admission::{CallerKey, Exceeded, Quota};
use crate::error::ServerError;
use builder::StatusBuilder;

/// The alternatives for requests that do not fit one message.
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
            ServerError::TooManyFields { max } => too_many_fields(max),
            ServerError::Refused(status) => *status,
            ServerError::QuotaExceeded {
                quota,
                exceeded,
                caller,
                retry,
            } => quota_exceeded(quota, exceeded, caller, retry),
            ServerError::TooManyCallsOfCaller {
                caller,
                calls_per_second,
                retry,
            } => too_many_calls_of_caller(caller, calls_per_second, retry),
            ServerError::DeadlineExceeded { timeout } => deadline_exceeded(timeout),
            ServerError::ProbeEnded { timeout } => probe_ended(timeout),
            ServerError::RequestIdle { timeout } => request_idle(timeout),
            ServerError::StreamBroken => Status::cancelled("the caller aborted the request stream"),
            ServerError::ResumePointUnknown { given, max } => resume_point_unknown(given, max),
            ServerError::ServicePlanNotFound { name } => resource::not_found(
                "seatkeeper/ServicePlan",
                ErrorReason::ServicePlanNotFound,
                &name,
            ),
            ServerError::PermissionDenied { permission } => permission_denied(permission),
            ServerError::NotImplemented { what } => not_implemented(what),
            ServerError::Panicked => builder::defect(&error),
        }
    }
}

fn stream_order(index: i64, expected: &str) -> Status {
    let message = format!("message {index} of the stream is out of order: {expected}");
    StatusBuilder::new(
        Code::InvalidArgument,
        ErrorReason::StreamOutOfOrder,
        message,
    )
    .with("message_index", index)
    .into_status()
}

fn message_too_large(max: usize) -> Status {
    let message = format!(
        "the message is too large: at most {max} bytes are allowed; use {MORE_THAN_A_MESSAGE}"
    );
    StatusBuilder::new(Code::InvalidArgument, ErrorReason::MessageTooLarge, message)
        .with("maximum_bytes", max)
        .with("alternative", "StreamBatchUpdateLicenses")
        .into_status()
}

fn malformed() -> Status {
    let message = "the message can't be decoded: it does not match the type of the request";
    StatusBuilder::new(Code::InvalidArgument, ErrorReason::InvalidField, message)
        .with("field", "")
        .into_status()
}

fn too_many_fields(max: usize) -> Status {
    let message = format!("the message has more than {max} fields; send smaller messages");
    StatusBuilder::new(Code::InvalidArgument, ErrorReason::InvalidField, message)
        .with("field", "")
        .with("maximum", max)
        .into_status()
}

fn quota_exceeded(quota: Quota, exceeded: Exceeded, caller: CallerKey, retry: Duration) -> Status {
    let (limit, max, message, subject) = match exceeded {
        Exceeded::Server(max) => (
            quota.id().to_owned(),
            max,
            format!("the server's limit of {max} {quota} is reached; retry later"),
            "server".to_owned(),
        ),
        Exceeded::Caller(max) => (
            format!("{}_per_caller", quota.id()),
            max,
            format!("the limit of {max} {quota} per caller is reached for {caller}; retry later"),
            format!("clientip:{caller}"),
        ),
    };
    let description = format!("{limit}: at most {max} {quota}");
    StatusBuilder::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", limit)
        .with("maximum", max)
        .quota(&subject, description)
        .retry_after(retry)
        .into_status()
}

/// The status has the form of every other limit: the limit's name and size.
fn request_idle(timeout: Duration) -> Status {
    let timeout_ms = timeout.as_millis();
    let message = format!(
        "timed out: no complete message arrived within {timeout_ms} ms; send messages sooner, or \
         end the stream and start another when there is more to send"
    );
    StatusBuilder::new(Code::ResourceExhausted, ErrorReason::LimitReached, &message)
        .with("limit", "request_idle_time")
        .with("maximum_milliseconds", timeout_ms)
        .quota("request_idle_time", message)
        .into_status()
}

fn too_many_calls_of_caller(caller: IpAddr, calls_per_second: u32, retry: Duration) -> Status {
    let message = format!(
        "{caller} exceeds the rate limit of {calls_per_second} calls per second; retry later"
    );
    StatusBuilder::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", "calls_per_second_per_caller")
        .with("maximum", calls_per_second)
        .with("caller", caller)
        .quota(
            &format!("clientip:{caller}"),
            format!(
                "calls_per_second_per_caller: at most {calls_per_second} calls per second from one \
                 address"
            ),
        )
        .retry_after(retry)
        .into_status()
}

fn deadline_exceeded(timeout: Duration) -> Status {
    let timeout_ms = timeout.as_millis();
    let message = format!(
        "the call timed out after {timeout_ms} ms: its changes may be committed or not; read them \
         back, or retry with the same request id"
    );
    StatusBuilder::new(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        message,
    )
    .with("maximum_milliseconds", timeout_ms)
    .into_status()
}

fn probe_ended(timeout: Duration) -> Status {
    let timeout_ms = timeout.as_millis();
    let message = format!("the server ends health calls after {timeout_ms} ms; call again");
    StatusBuilder::new(
        Code::DeadlineExceeded,
        ErrorReason::DeadlineExceeded,
        message,
    )
    .with("maximum_milliseconds", timeout_ms)
    .into_status()
}

fn resume_point_unknown(given: i64, max: i64) -> Status {
    let message = format!("can't resume after result {given}: the last result so far is {max}");
    StatusBuilder::new(Code::OutOfRange, ErrorReason::ResumePointUnknown, message)
        .with("given", given)
        .with("minimum", 0)
        .with("maximum", max)
        .into_status()
}

fn permission_denied(permission: Permission) -> Status {
    let message = format!("none of the caller's roles has the permission {permission}");
    StatusBuilder::new(
        Code::PermissionDenied,
        ErrorReason::PermissionDenied,
        message,
    )
    .with("permission", permission)
    .into_status()
}

fn not_implemented(what: &str) -> Status {
    let message = format!("{what} is not implemented yet");
    StatusBuilder::new(Code::Unimplemented, ErrorReason::NotImplemented, message)
        .with("feature", what)
        .into_status()
}

/// A status as a part of a response message, with the details that it already has.
pub(crate) fn to_rpc(status: &Status) -> tonic_types::Status {
    use prost::Message as _;
    let details = tonic_types::Status::decode(status.details());
    details.unwrap_or_else(|_| tonic_types::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}
