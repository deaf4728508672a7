use seatkeeper_proto::v1::ErrorReason;

use crate::clip::clip;
use crate::limits::{FIELD_ERRORS_REPORTED_MAX, STATUS_TEXT_BYTES_MAX};

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field's path in the request, such as `selection.users.names[3]`.
    pub(crate) field: String,
    /// The kind of the error, for programs.
    pub(crate) reason: ErrorReason,
    /// What is wrong and what to do, for people.
    pub(crate) description: String,
    /// The values in the description, each under a key.
    pub(crate) metadata: Vec<(&'static str, String)>,
}

/// The invalid fields of a request in the order of parsing: the first ones up to the limit of a
/// status, and the number of the others.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors {
    errors: Vec<FieldError>,
    others: usize,
}

impl FieldError {
    pub(crate) fn new(
        field: impl Into<String>,
        reason: ErrorReason,
        description: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            reason,
            description: clip(&description.into(), STATUS_TEXT_BYTES_MAX),
            metadata: Vec::new(),
        }
    }

    /// An invalid value that has no reason of its own.
    pub(crate) fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::new(field, ErrorReason::InvalidField, description)
    }

    /// Adds a variable of the description.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are given alike"
    )]
    pub(crate) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        let value = clip(&value.to_string(), STATUS_TEXT_BYTES_MAX);
        self.metadata.push((key, value));
        self
    }

    /// Sets the field path, if it was unknown when the error was found.
    pub(crate) fn at(mut self, field: String) -> Self {
        self.field = field;
        self
    }

    /// Puts the path of the enclosing field in front.
    pub(crate) fn inside(mut self, outer: &str) -> Self {
        self.field = format!("{outer}.{}", self.field);
        self
    }
}

impl FieldErrors {
    /// The value, or `None` after storing the error.
    pub(crate) fn take<T, E: Into<Self>>(&mut self, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                let Self { errors, others } = error.into();
                for error in errors {
                    self.push(error);
                }
                self.others += others;
                None
            }
        }
    }

    /// Stores an error; above the limit of a status, it only counts the error.
    pub(crate) fn push(&mut self, error: FieldError) {
        if self.is_full() {
            self.others += 1;
        } else {
            self.errors.push(error);
        }
    }

    /// Whether the stored errors fill a status; then further fields need no parsing.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= FIELD_ERRORS_REPORTED_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// How many errors were found, including those that were only counted.
    pub(crate) fn len(&self) -> usize {
        self.errors.len() + self.others
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.errors.iter()
    }

    /// `value`, if no error was found.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// Puts the path of the enclosing field in front of every field path.
    pub(crate) fn inside(self, outer: &str) -> Self {
        Self {
            errors: self
                .errors
                .into_iter()
                .map(|error| error.inside(outer))
                .collect(),
            others: self.others,
        }
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self {
            errors: vec![error],
            others: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for index in 0..count {
            errors.push(FieldError::invalid(format!("f{index}"), "is wrong"));
        }
        errors
    }

    #[test]
    fn no_more_errors_are_kept_than_a_status_reports() {
        let errors = many(FIELD_ERRORS_REPORTED_MAX + 30);
        assert_eq!(errors.iter().count(), FIELD_ERRORS_REPORTED_MAX);
        assert_eq!(errors.len(), FIELD_ERRORS_REPORTED_MAX + 30);
        assert!(errors.is_full());
    }

    #[test]
    fn errors_of_parts_are_counted_together() {
        let mut errors = many(15);
        assert_eq!(
            errors.take::<(), _>(Err(many(FIELD_ERRORS_REPORTED_MAX + 2))),
            None
        );
        assert_eq!(errors.iter().count(), FIELD_ERRORS_REPORTED_MAX);
        assert_eq!(errors.len(), 15 + FIELD_ERRORS_REPORTED_MAX + 2);
    }
}
