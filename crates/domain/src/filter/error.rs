use super::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, FILTER_TERMS_MAX};
use crate::{LocationError, NameError};

/// Why a text is no filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter is invalid at position {position}: {problem}")]
pub struct FilterError {
    /// The zero-based position, in characters, at which the problem begins.
    pub position: usize,
    /// What is wrong there.
    pub problem: FilterProblem,
}

/// What is wrong with a filter.
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
    /// Something else should stand here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What would have been right.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A quoted value has no end.
    #[error("the quoted value that begins here has no closing {quote}")]
    Unterminated {
        /// The quote missing.
        quote: char,
    },
    /// A backslash before a character that needs none.
    #[error(
        "{character:?} can't be escaped; a backslash escapes a backslash, an asterisk and quotes"
    )]
    Escape {
        /// What follows the backslash.
        character: char,
    },
    /// A control character.
    #[error("control character {character:?} is not allowed")]
    Control {
        /// The character.
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
    #[error("{given:?} is no operator; write {operator} in upper case")]
    OperatorCase {
        /// What stands there.
        given: String,
        /// What was meant.
        operator: String,
    },
    /// Not a field of a user that can be filtered by.
    #[error(
        "unknown field {given:?}; known are display_name, sign_in_name, department, job_title, usage_location, state, licenses"
    )]
    UnknownField {
        /// What stands there.
        given: String,
    },
    /// The field can't be compared in this way.
    #[error("{field} can't be compared by {operator}; use {supported}")]
    Operator {
        /// The field.
        field: &'static str,
        /// What stands there.
        operator: &'static str,
        /// What the field supports.
        supported: &'static str,
    },
    /// A `*` that neither ends a text nor is escaped.
    #[error(
        "an asterisk may only end the value of a text field; write \\* for the character itself"
    )]
    Asterisk,
    /// Not a usage location.
    #[error("{error}; use an empty value for users without one")]
    Location {
        /// Why not.
        error: LocationError,
    },
    /// Not a user state.
    #[error("unknown state {given:?}; known are ACTIVE, BLOCKED")]
    State {
        /// What stands there.
        given: String,
    },
    /// Not a product.
    #[error("{error}; use * for any product")]
    Product {
        /// Why not.
        error: NameError,
    },
}
