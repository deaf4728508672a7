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

/// What a refused call says, taken apart.
#[derive(Debug, Serialize)]
pub(crate) struct StatusReport {
    /// The code's name, as in `INVALID_ARGUMENT`.
    code: String,
    /// The reason, as in `UNKNOWN_PRODUCT`; empty when the answer came from something else.
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

/// One thing that was wrong, and where.
#[derive(Debug, Serialize)]
struct Detail {
    /// A field's path, or what a precondition or quota is about.
    subject: String,
    description: String,
}

/// Takes the status of a call apart.
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

/// Takes apart a status that came inside a message.
pub(crate) fn report_of_rpc(status: &tonic_types::Status) -> StatusReport {
    let details = status.encode_to_vec().into();
    report(&Status::with_details(
        Code::from(status.code),
        status.message.clone(),
        details,
    ))
}

/// After how long the server asks to be called again.
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
    /// Whether the message says by itself what is wrong and where.
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
            write!(f, "\n  try again in {delay} ms")?;
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
