use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use seatkeeper_proto::ERROR_DOMAIN;
use seatkeeper_proto::v1::ErrorReason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// A status in the making.
pub(super) struct Answer {
    code: Code,
    message: String,
    reason: ErrorReason,
    metadata: HashMap<String, String>,
    details: ErrorDetails,
}

impl Answer {
    pub(super) fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            reason,
            metadata: HashMap::new(),
            details: ErrorDetails::new(),
        }
    }

    /// Adds a variable of the message.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are given alike"
    )]
    pub(super) fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.metadata.insert(key.into(), value.to_string());
        self
    }

    /// Says which resource it is about.
    pub(super) fn resource(mut self, kind: &str, name: &str) -> Self {
        let description = self.message.clone();
        self.details.set_resource_info(kind, name, "", description);
        self
    }

    /// Says when to try again.
    pub(super) fn retry_after(mut self, delay: Duration) -> Self {
        self.details.set_retry_info(Some(delay));
        self
    }

    /// Names a limit that was reached.
    pub(super) fn quota(mut self, subject: &str, description: impl Into<String>) -> Self {
        self.details
            .add_quota_failure_violation(subject, description);
        self
    }

    /// Names what must be otherwise before the call can succeed.
    pub(super) fn precondition(
        mut self,
        kind: &str,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.details
            .add_precondition_failure_violation(kind, subject, description);
        self
    }

    /// Names the fields that are wrong.
    pub(super) fn fields(mut self, violations: Vec<FieldViolation>) -> Self {
        self.details.set_bad_request(violations);
        self
    }

    pub(super) fn into_status(mut self) -> Status {
        self.details
            .set_error_info(self.reason.reason(), ERROR_DOMAIN, self.metadata);
        Status::with_error_details(self.code, self.message, self.details)
    }
}

/// The status of a defect. The caller gets an id, the log gets the cause under the same id.
pub(super) fn defect(error: &(dyn Error + 'static)) -> Status {
    let request_log_id = uuid::Uuid::new_v4();
    tracing::error!(%request_log_id, error, "a call ran into a defect");
    let message = format!("the server failed; its log tells more under {request_log_id}");
    Answer::new(Code::Internal, ErrorReason::Internal, message)
        .with("request_log_id", request_log_id)
        .into_status()
}
