use std::net::IpAddr;
use std::time::Duration;

use seatkeeper_domain::Permission;
use seatkeeper_engine::EngineError;

use seatkeeper_proto::v1::ErrorReason;
use seatkeeper_proto::wire::Refusal;
use tonic::Status;

use crate::admission::{CallerKey, Exceeded, Quota};

mod field;

pub(crate) use field::{FieldError, FieldErrors};

/// The reason why a call failed, before it becomes a status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// The engine rejected the command or failed.
    #[error("the engine rejected the request")]
    Engine(#[from] EngineError),
    /// At least one field of the request is invalid.
    #[error("the request is invalid")]
    Fields(FieldErrors),
    /// The messages of a request stream are not in the order that the method requires.
    #[error("stream message {index} is out of order: {expected}")]
    StreamOrder {
        /// The zero-based number of the message.
        index: i64,
        /// The message that the method requires at this index.
        expected: &'static str,
    },
    /// A message has more bytes than the server accepts.
    #[error("a message is too large")]
    MessageTooLarge {
        /// The most bytes that a message may have.
        max: usize,
    },
    /// The bytes of a message do not decode as its type.
    #[error("a message can't be decoded")]
    Malformed,
    /// A message has more fields than any valid request needs.
    #[error("a message has more than {max} fields")]
    TooManyFields {
        /// The most fields that a message may have, at all depths together.
        max: usize,
    },
    /// A message of a stream was rejected while the server received it; the status is complete.
    #[error("a message was rejected")]
    Refused(Box<Status>),
    /// A limit of the server, or the caller's share of it, is reached.
    #[error("the limit of {quota} is reached for {caller}")]
    QuotaExceeded {
        /// The limited resource.
        quota: Quota,
        /// The bound that was reached.
        exceeded: Exceeded,
        /// The caller that exceeded it.
        caller: CallerKey,
        /// The delay before a retry.
        retry: Duration,
    },
    /// The caller exceeds its rate limit.
    #[error("{caller} exceeds its rate limit")]
    TooManyCallsOfCaller {
        /// The address of the caller.
        caller: IpAddr,
        /// The rate limit, in calls per second.
        calls_per_second: u32,
        /// The delay until the caller may make the next call.
        retry: Duration,
    },
    /// The call exceeded the timeout of its caller, or of the server.
    #[error("the call timed out after {timeout:?}")]
    DeadlineExceeded {
        /// The timeout.
        timeout: Duration,
    },
    /// A health or reflection call reached the longest time that it may be open.
    #[error("the probe reached its longest duration, {timeout:?}")]
    ProbeEnded {
        /// The longest time that the call may be open.
        timeout: Duration,
    },
    /// The caller sent no message within the timeout.
    #[error("timed out: no request arrived within {timeout:?}")]
    RequestIdle {
        /// How long the server waited.
        timeout: Duration,
    },
    /// The caller aborted its request stream; no caller is left to read the response.
    #[error("the caller aborted the request stream")]
    StreamBroken,
    /// A stream was to resume after a result that does not exist.
    #[error("result {given} does not exist")]
    ResumePointUnknown {
        /// The sequence number that the caller gave.
        given: i64,
        /// The sequence number of the last result.
        max: i64,
    },
    /// A service plan does not exist; the server looks it up in the catalog without the engine.
    #[error("{name} does not exist")]
    ServicePlanNotFound {
        /// The full resource name.
        name: String,
    },
    /// None of the caller's roles has the permission that the call needs.
    #[error("the caller lacks the permission {permission}")]
    PermissionDenied {
        /// The missing permission.
        permission: Permission,
    },
    /// The API defines the feature, but this version does not implement it yet.
    #[error("{what} is not implemented yet")]
    NotImplemented {
        /// The feature.
        what: &'static str,
    },
    /// The handler of the call panicked.
    #[error("the call panicked")]
    Panicked,
}

/// The result of each step of a service method.
pub(crate) type ServerResult<T> = Result<T, ServerError>;

impl From<FieldError> for ServerError {
    fn from(error: FieldError) -> Self {
        Self::Fields(error.into())
    }
}

impl From<FieldErrors> for ServerError {
    fn from(errors: FieldErrors) -> Self {
        Self::Fields(errors)
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed => Self::Malformed,
            Refusal::TooManyFields { max } => Self::TooManyFields { max },
            Refusal::ListTooLong {
                field,
                given,
                max,
                limit,
            } => {
                let (elements, alternative) = (limit.elements, limit.alternative);
                let description =
                    format!("has {given} {elements}, at most {max} are allowed; use {alternative}");
                FieldError::new(field, ErrorReason::ListTooLong, description)
                    .with("given", given)
                    .with("maximum", max)
                    .with("alternative", alternative)
                    .into()
            }
        }
    }
}
