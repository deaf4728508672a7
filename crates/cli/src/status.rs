//! A `google.rpc.Status` for people and for programs.

mod advice;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use prost::Message;
use serde::Serialize;
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The parts of an error status that the server returned.
#[derive(Debug, Serialize)]
pub(crate) struct StatusReport {
    /// The code's name, such as `INVALID_ARGUMENT`.
    code: String,
    /// The reason, such as `UNKNOWN_PRODUCT`; empty if the status was not created by a Seatkeeper
    /// server.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Detail>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// One error of a request, with its subject.
#[derive(Debug, Serialize)]
struct Detail {
    /// A field's path, or the subject of a precondition or quota.
    subject: String,
    description: String,
}

/// Parses the status of a call.
pub(crate) fn report(status: &Status) -> StatusReport {
    let details = status.get_error_details();
    let mut violations = Vec::new();
    for field in details
        .bad_request()
        .iter()
        .flat_map(|d| &d.field_violations)
    {
        violations.push(Detail::new(&field.field, &field.description));
    }
    for one in details
        .precondition_failure()
        .iter()
        .flat_map(|d| &d.violations)
    {
        violations.push(Detail::new(&one.subject, &one.description));
    }
    for one in details.quota_failure().iter().flat_map(|d| &d.violations) {
        violations.push(Detail::new(&one.subject, &one.description));
    }
    let info = details.error_info();
    StatusReport {
        code: code_name(status.code()).to_owned(),
        reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
        message: status.message().to_owned(),
        violations,
        metadata: info
            .map(|info| info.metadata.clone().into_iter().collect())
            .unwrap_or_default(),
        retry_after_ms: retry_delay(status)
            .map(|delay| delay.as_millis().try_into().unwrap_or(u64::MAX)),
    }
}

/// Parses a status that was received inside a message.
pub(crate) fn report_of_rpc(status: &tonic_types::Status) -> StatusReport {
    let details = status.encode_to_vec().into();
    report(&Status::with_details(
        Code::from(status.code),
        status.message.clone(),
        details,
    ))
}

/// The retry delay that the server requests.
pub(crate) fn retry_delay(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

impl StatusReport {
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The message with its details on one line.
    pub(crate) fn in_one_line(&self) -> String {
        let mut line = self.message.clone();
        for detail in self.violations.iter().filter(|detail| !self.says(detail)) {
            line.push_str("; ");
            line.push_str(&detail.description);
        }
        line
    }
}

impl StatusReport {
    /// Whether the message already contains the detail.
    fn says(&self, detail: &Detail) -> bool {
        self.message.contains(&detail.subject) && self.message.contains(&detail.description)
    }
}

impl Detail {
    fn new(subject: &str, description: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            description: description.to_owned(),
        }
    }
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for detail in self.violations.iter().filter(|detail| !self.says(detail)) {
            write!(f, "\n  {}: {}", detail.subject, detail.description)?;
        }
        if self.reason.is_empty() {
            write!(f, "\n  ({})", self.code)?;
        } else {
            write!(f, "\n  ({}, {})", self.code, self.reason)?;
        }
        if let Some(advice) = advice::for_reason(&self.reason) {
            write!(f, "\n  {advice}")?;
        }
        if let Some(delay) = self.retry_after_ms {
            write!(f, "\n  retry in {delay} ms")?;
        }
        Ok(())
    }
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests;
