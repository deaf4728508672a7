use tonic::{Code, Status};
use tonic_types::FieldViolation;

use super::answer::Answer;
use crate::error::{FieldError, FieldErrors};
use crate::limits::FIELD_ERRORS_TOLD_MAX;
use seatkeeper_proto::v1::ErrorReason;

/// The status of a request with wrong fields: the reason is that of the first.
pub(super) fn status(errors: &FieldErrors) -> Status {
    let Some(first) = errors.iter().next() else {
        return Answer::new(
            Code::InvalidArgument,
            ErrorReason::InvalidField,
            "the request is invalid",
        )
        .with("field", "")
        .into_status();
    };
    let more = match errors.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let message = format!("{}: {}{more}", first.field, first.description);
    let told = errors
        .iter()
        .take(FIELD_ERRORS_TOLD_MAX)
        .map(violation)
        .collect();
    let mut answer = Answer::new(Code::InvalidArgument, first.reason, message)
        .with("field", &first.field)
        .fields(told);
    for (key, value) in &first.metadata {
        answer = answer.with(*key, value);
    }
    answer.into_status()
}

fn violation(error: &FieldError) -> FieldViolation {
    FieldViolation {
        field: error.field.clone(),
        description: error.description.clone(),
        reason: error.reason.reason().to_owned(),
        localized_message: None,
    }
}
