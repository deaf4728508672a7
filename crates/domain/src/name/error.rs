use crate::IdError;

/// Maximum length of a wrong name or segment that an error quotes, in characters.
const SHOWN_LENGTH_MAX: usize = 64;

/// Why a text is not a valid resource name of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not of the form {pattern}: {problem}")]
pub struct NameError {
    /// The text, cut to 64 characters.
    pub given: String,
    /// The expected form, such as `customers/{customer}/users/{user}`.
    pub pattern: &'static str,
    /// The error.
    pub problem: NameProblem,
}

/// The kinds of errors in a resource name. Segments are separated by slashes and numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// Too few or too many segments.
    #[error("it has {given} segments instead of {expected}")]
    SegmentCount {
        /// Number of segments given.
        given: usize,
        /// Number of segments of the expected form.
        expected: usize,
    },
    /// A collection segment with a wrong name.
    #[error("segment {segment} is {given:?} instead of {expected:?}")]
    Collection {
        /// The number of the segment.
        segment: usize,
        /// The segment, cut to 64 characters.
        given: String,
        /// The expected segment.
        expected: &'static str,
    },
    /// A variable segment that is not a valid identifier.
    #[error("segment {segment} ({variable}) {error}")]
    Id {
        /// The number of the segment.
        segment: usize,
        /// The variable's name in the form.
        variable: &'static str,
        /// The error in the identifier.
        error: IdError,
    },
}

impl NameError {
    pub(super) fn new(given: &str, pattern: &'static str, problem: NameProblem) -> Self {
        Self {
            given: clipped(given),
            pattern,
            problem,
        }
    }
}

pub(super) fn clipped(text: &str) -> String {
    text.chars().take(SHOWN_LENGTH_MAX).collect()
}
