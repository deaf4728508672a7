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

/// Why a call was not carried out, before it becomes a status.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// The engine refused or failed.
    #[error("the engine refused the request")]
    Engine(#[from] EngineError),
    /// Fields of the request are wrong.
    #[error("the request is invalid")]
    Fields(FieldErrors),
    /// A stream's messages came in another order than its method wants.
    #[error("stream message {index} is out of order: {expected}")]
    StreamOrder {
        /// The zero-based number of the message.
        index: i64,
        /// What should have come.
        expected: &'static str,
    },
    /// One message is larger than the server takes.
    #[error("a message is too large")]
    MessageTooLarge {
        /// The most bytes a message may have.
        max: usize,
    },
    /// A message that is not what the contract says.
    #[error("a message can't be decoded")]
    Malformed,
    /// One message has more fields than any request needs.
    #[error("a message has more than {max} fields")]
    TooManyFields {
        /// The most fields a message may have, at all depths.
        max: usize,
    },
    /// A message of a stream was refused while it was received.
    #[error("a message was refused")]
    Refused(Box<Status>),
    /// A limit of the server, or the caller's share of it, is used up.
    #[error("no {quota} are left for {caller}")]
    QuotaExceeded {
        /// What is counted.
        quota: Quota,
        /// The bound that was met.
        exceeded: Exceeded,
        /// Who asked for more.
        caller: CallerKey,
        /// How long until there may be room.
        retry: Duration,
    },
    /// The caller makes more calls than it may.
    #[error("too many calls of {caller}")]
    TooManyCallsOfCaller {
        /// Who.
        caller: IpAddr,
        /// How many calls it may make in a second.
        calls_per_second: u32,
        /// How long until it may make the next.
        retry: Duration,
    },
    /// The call took longer than its caller, or the server, allows.
    #[error("the call took longer than {timeout:?}")]
    DeadlineExceeded {
        /// How long it was allowed to take.
        timeout: Duration,
    },
    /// A health or reflection call was open for as long as it may be.
    #[error("the probe was open for {timeout:?}")]
    ProbeEnded {
        /// How long it may be open.
        timeout: Duration,
    },
    /// The caller sent nothing for so long that the server no longer waits.
    #[error("no request came for {timeout:?}")]
    RequestIdle {
        /// How long the server waited.
        timeout: Duration,
    },
    /// The caller's stream of requests broke off; nobody is left to read the answer.
    #[error("the stream of requests broke off")]
    StreamBroken,
    /// A stream was to begin after a result that does not exist.
    #[error("result {given} does not exist")]
    ResumePointUnknown {
        /// After which.
        given: i64,
        /// The last that exists.
        max: i64,
    },
    /// A resource that the server itself looked up does not exist.
    #[error("{name} does not exist")]
    ServicePlanNotFound {
        /// Its full resource name.
        name: String,
    },
    /// None of the caller's roles allows the call.
    #[error("the caller lacks the permission {permission}")]
    PermissionDenied {
        /// What it takes.
        permission: Permission,
    },
    /// The contract has it, this version does not do it yet.
    #[error("{what} is not implemented yet")]
    NotImplemented {
        /// What was asked for.
        what: &'static str,
    },
    /// The server panicked while it worked on the call.
    #[error("the call panicked")]
    Panicked,
}

/// What the steps of a service method answer with.
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
