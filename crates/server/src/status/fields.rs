use tonic::{Code, Status};
use tonic_types::FieldViolation;

use super::builder::StatusBuilder;
use crate::clip::clip_message;
use crate::error::{FieldError, FieldErrors};
use crate::limits::STATUS_MESSAGE_BYTES_MAX;
use seatkeeper_proto::v1::ErrorReason;

/// The most bytes of the message for the first description, so that the field path and the number
/// of the other errors fit too.
const DESCRIPTION_BYTES_MAX: usize = STATUS_MESSAGE_BYTES_MAX * 3 / 4;

/// The status of a request with invalid fields; its reason is that of the first one.
pub(super) fn status(errors: &FieldErrors) -> Status {
    let Some(first) = errors.iter().next() else {
        return StatusBuilder::new(
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
    let description = clip_message(&first.description, DESCRIPTION_BYTES_MAX);
    let message = format!("{}: {description}{more}", first.field);
    let mut builder = StatusBuilder::new(Code::InvalidArgument, first.reason, message)
        .with("field", &first.field)
        .fields(errors.iter().map(violation).collect());
    for (key, value) in &first.metadata {
        builder = builder.with(*key, value);
    }
    builder.into_status()
}

fn violation(error: &FieldError) -> FieldViolation {
    FieldViolation {
        field: error.field.clone(),
        description: error.description.clone(),
        reason: error.reason.reason().to_owned(),
        localized_message: None,
    }
}
