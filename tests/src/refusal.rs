use std::collections::HashMap;

use seatkeeper_proto::ERROR_DOMAIN;
use seatkeeper_proto::v1::ErrorReason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// An error response as a client program reads it.
#[derive(Debug)]
pub struct Refusal {
    /// The status code.
    pub code: Code,
    /// The message for users.
    pub message: String,
    /// The reason for programs.
    pub reason: ErrorReason,
    /// The variables of the message.
    pub metadata: HashMap<String, String>,
    /// The paths of the invalid fields.
    pub fields: Vec<String>,
    /// All details.
    pub details: ErrorDetails,
}

impl Refusal {
    /// Checks the code and the reason.
    ///
    /// # Panics
    /// When the code or the reason differs.
    pub fn is(&self, code: Code, reason: ErrorReason) -> &Self {
        assert_eq!((self.code, self.reason), (code, reason), "{self:?}");
        self
    }

    /// Checks that exactly this field is invalid.
    ///
    /// # Panics
    /// When other fields are invalid.
    pub fn at(&self, field: &str) -> &Self {
        assert_eq!(self.fields, [field], "{self:?}");
        assert_eq!(self.metadata["field"], field, "{self:?}");
        self
    }

    /// Checks a variable of the message.
    ///
    /// # Panics
    /// When the variable has another value.
    pub fn with(&self, key: &str, value: &str) -> &Self {
        assert_eq!(
            self.metadata.get(key).map(String::as_str),
            Some(value),
            "{self:?}"
        );
        self
    }
}

/// Reads an error response, which must follow the contract.
///
/// # Panics
/// When the error has no reason of the contract.
pub fn refusal(status: &Status) -> Refusal {
    let details = status
        .check_error_details()
        .unwrap_or_else(|error| panic!("{error}: {status:?}"));
    let info = details
        .error_info()
        .unwrap_or_else(|| panic!("an error has an ErrorInfo: {status:?}"));
    assert_eq!(info.domain, ERROR_DOMAIN);
    let reason = ErrorReason::from_reason(&info.reason);
    let violations = details.bad_request().into_iter();
    let violations = violations.flat_map(|request| &request.field_violations);
    Refusal {
        code: status.code(),
        message: status.message().to_owned(),
        reason: reason.unwrap_or_else(|| panic!("{} is not in the contract", info.reason)),
        metadata: info.metadata.clone(),
        fields: violations
            .map(|violation| violation.field.clone())
            .collect(),
        details,
    }
}

/// Reads the error of a call that must fail.
///
/// # Panics
/// When the call succeeds.
pub fn refused<T>(result: Result<T, Status>) -> Refusal {
    match result {
        Ok(_) => panic!("the call must fail"),
        Err(status) => refusal(&status),
    }
}
