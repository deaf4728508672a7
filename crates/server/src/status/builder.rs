use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use seatkeeper_proto::ERROR_DOMAIN;
use seatkeeper_proto::v1::ErrorReason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::clip::{clip, clip_message, message_len};
use crate::limits::{STATUS_BYTES_MAX, STATUS_MESSAGE_BYTES_MAX, STATUS_TEXT_BYTES_MAX};

/// The bytes of one detail without its texts: the name of its type and the lengths.
const DETAIL_BYTES: usize = 64;

/// The bytes of each text's key and length.
const TEXT_BYTES: usize = 4;

/// Builds a status. The status travels in headers, so the builder clips its texts, and adds only as
/// many variables and violations as fit.
pub(super) struct StatusBuilder {
    code: Code,
    message: String,
    reason: ErrorReason,
    metadata: Vec<(String, String)>,
    resource: Option<[String; 2]>,
    retry_after: Option<Duration>,
    violations: Vec<Violation>,
}

/// An entry in one of the details that list violations.
enum Violation {
    Field(FieldViolation),
    /// The subject and the description.
    Quota([String; 2]),
    /// The type, the subject and the description.
    Precondition([String; 3]),
}

/// The bytes left for the texts of details.
struct ByteBudget(usize);

impl ByteBudget {
    /// Takes the bytes of these texts; false when not enough are left.
    fn take<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) -> bool {
        let wanted = texts.into_iter().map(|text| text.len() + TEXT_BYTES);
        let wanted: usize = wanted.sum::<usize>() + TEXT_BYTES;
        let left = self.0.checked_sub(wanted);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

impl StatusBuilder {
    pub(super) fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            code,
            message: clip_message(&message.into(), STATUS_MESSAGE_BYTES_MAX),
            reason,
            metadata: Vec::new(),
            resource: None,
            retry_after: None,
            violations: Vec::new(),
        }
    }

    /// Adds a variable of the message.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are given alike"
    )]
    pub(super) fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.metadata
            .push((key.into(), clipped(&value.to_string())));
        self
    }

    /// Sets the resource that the error is about.
    pub(super) fn resource(mut self, kind: &str, name: &str) -> Self {
        self.resource = Some([kind.to_owned(), clipped(name)]);
        self
    }

    /// Sets the delay before a retry.
    pub(super) fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Adds the violation of a limit.
    pub(super) fn quota(mut self, subject: &str, description: impl Into<String>) -> Self {
        let texts = [clipped(subject), clipped(&description.into())];
        self.violations.push(Violation::Quota(texts));
        self
    }

    /// Adds a precondition that the call does not meet.
    pub(super) fn precondition(
        mut self,
        kind: &str,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        let texts = [
            kind.to_owned(),
            clipped(&subject.into()),
            clipped(&description.into()),
        ];
        self.violations.push(Violation::Precondition(texts));
        self
    }

    /// Adds the invalid fields.
    pub(super) fn fields(mut self, violations: Vec<FieldViolation>) -> Self {
        let violations = violations.into_iter().map(|violation| {
            Violation::Field(FieldViolation {
                field: clipped(&violation.field),
                description: clipped(&violation.description),
                ..violation
            })
        });
        self.violations.extend(violations);
        self
    }

    pub(super) fn into_status(self) -> Status {
        let mut details = ErrorDetails::new();
        let mut budget = self.budget();
        if let Some([kind, name]) = &self.resource {
            budget.take([kind, name, &self.message]);
            details.set_resource_info(kind, name, "", &self.message);
        }
        if self.retry_after.is_some() {
            details.set_retry_info(self.retry_after);
        }
        // The reason is that of the first violation, so it comes before the variables, and those
        // before the other violations.
        let mut violations = self.violations.into_iter();
        let mut wrong_fields = Vec::new();
        if let Some(first) = violations.next() {
            first.add(&mut details, &mut wrong_fields, &mut budget);
        }
        // The other violations, if any, get half of the bytes that are left.
        let others = if violations.len() > 0 {
            budget.0 / 2
        } else {
            0
        };
        budget.0 -= others;
        let mut metadata = HashMap::new();
        for (key, value) in self.metadata {
            if budget.take([&key, &value]) {
                metadata.insert(key, value);
            }
        }
        budget.0 += others;
        for violation in violations {
            if !violation.add(&mut details, &mut wrong_fields, &mut budget) {
                break;
            }
        }
        if !wrong_fields.is_empty() {
            details.set_bad_request(wrong_fields);
        }
        details.set_error_info(self.reason.reason(), ERROR_DOMAIN, metadata);
        Status::with_error_details(self.code, self.message, details)
    }

    /// The bytes left for texts after the message and the frames of the details.
    fn budget(&self) -> ByteBudget {
        let encoded = STATUS_BYTES_MAX - message_len(&self.message);
        // Binary headers are base64-encoded: four bytes for three.
        let bytes = encoded / 4 * 3;
        let details =
            2 + usize::from(self.resource.is_some()) + usize::from(self.retry_after.is_some());
        let taken = self.message.len() + details * DETAIL_BYTES + self.reason.reason().len();
        ByteBudget(bytes.saturating_sub(taken))
    }
}

impl Violation {
    /// Adds the violation to its detail, or to `wrong_fields`; false when it does not fit.
    fn add(
        self,
        details: &mut ErrorDetails,
        wrong_fields: &mut Vec<FieldViolation>,
        budget: &mut ByteBudget,
    ) -> bool {
        match self {
            Self::Field(wrong) => {
                if !budget.take([&wrong.field, &wrong.description, &wrong.reason]) {
                    return false;
                }
                wrong_fields.push(wrong);
            }
            Self::Quota(texts) => {
                if !budget.take(&texts) {
                    return false;
                }
                let [subject, description] = texts;
                details.add_quota_failure_violation(subject, description);
            }
            Self::Precondition(texts) => {
                if !budget.take(&texts) {
                    return false;
                }
                let [kind, subject, description] = texts;
                details.add_precondition_failure_violation(kind, subject, description);
            }
        }
        true
    }
}

fn clipped(text: &str) -> String {
    clip(text, STATUS_TEXT_BYTES_MAX)
}

/// The status of a defect. The caller gets an id; the log has the cause under the same id.
pub(super) fn defect(error: &(dyn Error + 'static)) -> Status {
    let request_log_id = uuid::Uuid::new_v4();
    tracing::error!(%request_log_id, error, "a call failed because of a defect");
    let message =
        format!("internal error; the server's log has the details under {request_log_id}");
    StatusBuilder::new(Code::Internal, ErrorReason::Internal, message)
        .with("request_log_id", request_log_id)
        .into_status()
}
