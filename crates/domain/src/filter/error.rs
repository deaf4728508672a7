use super::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, FILTER_TERMS_MAX};
use crate::{LocationError, NameError};

/// Why a text is not a valid filter, with the position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter is invalid at position {position}: {problem}")]
pub struct FilterError {
    /// The zero-based position of the error, in characters.
    pub position: usize,
    /// The error at the position.
    pub problem: FilterProblem,
}

/// The kinds of errors in a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// More than [`FILTER_LENGTH_MAX`] characters.
    #[error("it has {given} characters, at most {FILTER_LENGTH_MAX} are allowed")]
    TooLong {
        /// Characters given.
        given: usize,
    },
    /// More than [`FILTER_TERMS_MAX`] comparisons.
    #[error(
        "it has {given} comparisons, at most {FILTER_TERMS_MAX} are allowed; use a saved selection for long lists of users"
    )]
    TooManyTerms {
        /// Comparisons given.
        given: usize,
    },
    /// Parentheses nest more than [`FILTER_DEPTH_MAX`] deep.
    #[error("parentheses nest {given} deep, at most {FILTER_DEPTH_MAX} are allowed")]
    TooDeep {
        /// The depth given.
        given: usize,
    },
    /// A token that is not allowed at this position.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What is allowed here.
        expected: &'static str,
        /// What the filter contains here.
        found: String,
    },
    /// A quoted value without a closing quote.
    #[error("the quoted value that begins here has no closing {quote}")]
    Unterminated {
        /// The missing quote.
        quote: char,
    },
    /// A backslash before a character that needs no escape.
    #[error(
        "{character:?} can't be escaped; a backslash escapes a backslash, an asterisk and quotes"
    )]
    Escape {
        /// The character after the backslash.
        character: char,
    },
    /// A control character.
    #[error("control character {character:?} is not allowed")]
    Control {
        /// The control character.
        character: char,
    },
    /// A value without a field to compare it with.
    #[error(
        "{given:?} stands alone, and free text is not searched; compare a field with it, for example display_name = \"{given}*\""
    )]
    BareValue {
        /// The value.
        given: String,
    },
    /// A logical operator in lower case.
    #[error("{given:?} is not an operator; write {operator} in upper case")]
    OperatorCase {
        /// The operator as it was written.
        given: String,
        /// The operator in upper case.
        operator: String,
    },
    /// An unknown field, or a field that filters do not support.
    #[error(
        "unknown field {given:?}; known are display_name, sign_in_name, department, job_title, usage_location, state, licenses"
    )]
    UnknownField {
        /// The field as it was written.
        given: String,
    },
    /// An operator that the field does not support.
    #[error("{field} can't be compared by {operator}; use {supported}")]
    Operator {
        /// The field.
        field: &'static str,
        /// The operator that was used.
        operator: &'static str,
        /// The operators that the field supports.
        supported: &'static str,
    },
    /// An unescaped `*` that is not at the end of a text value.
    #[error(
        "an asterisk may only end the value of a text field; write \\* for the character itself"
    )]
    Asterisk,
    /// Not a valid usage location.
    #[error("{error}; use an empty value for users without one")]
    Location {
        /// The error in the location.
        error: LocationError,
    },
    /// An unknown user state.
    #[error("unknown state {given:?}; known are ACTIVE, BLOCKED")]
    State {
        /// The state as it was written.
        given: String,
    },
    /// Not a valid product name.
    #[error("{error}; use * for any product")]
    Product {
        /// The error in the name.
        error: NameError,
    },
}
