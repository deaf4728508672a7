use crate::error::FieldError;
use crate::limits::TEXT_LENGTH_MAX;

/// Validates a display text.
pub(crate) fn text(field: &str, given: &str) -> Result<String, FieldError> {
    let length = given.chars().count();
    if length > TEXT_LENGTH_MAX {
        let description = format!("has {length} characters, at most {TEXT_LENGTH_MAX} are allowed");
        return Err(FieldError::invalid(field, description)
            .with("given", length)
            .with("maximum", TEXT_LENGTH_MAX));
    }
    if let Some(position) = given.chars().position(char::is_control) {
        let description = format!("has a control character at position {position}");
        return Err(FieldError::invalid(field, description).with("position", position));
    }
    Ok(given.to_owned())
}

/// Validates a display text that must not be empty.
pub(crate) fn required_text(field: &str, given: &str) -> Result<String, FieldError> {
    if given.is_empty() {
        return Err(FieldError::invalid(field, "must not be empty"));
    }
    text(field, given)
}

/// Returns the value of a message field that must be set.
pub(crate) fn required<T>(field: &str, given: Option<T>) -> Result<T, FieldError> {
    given.ok_or_else(|| FieldError::invalid(field, "must be set"))
}
