use crate::IdError;

/// Longest part of a wrong name that its error repeats, in characters.
const SHOWN_LENGTH_MAX: usize = 64;

/// Why a text is no resource name of the kind expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not of the form {pattern}: {problem}")]
pub struct NameError {
    /// What was given, cut to 64 characters.
    pub given: String,
    /// The form expected, such as `customers/{customer}/users/{user}`.
    pub pattern: &'static str,
    /// What is wrong.
    pub problem: NameProblem,
}

/// What is wrong with a resource name. Segments are the parts between slashes, numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// Too few or too many segments.
    #[error("it has {given} segments instead of {expected}")]
    SegmentCount {
        /// Segments given.
        given: usize,
        /// Segments of the form.
        expected: usize,
    },
    /// A fixed segment is another.
    #[error("segment {segment} is {given:?} instead of {expected:?}")]
    Collection {
        /// Which segment.
        segment: usize,
        /// What it is, cut to 64 characters.
        given: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A variable segment is no identifier.
    #[error("segment {segment} ({variable}) {error}")]
    Id {
        /// Which segment.
        segment: usize,
        /// The variable's name in the form.
        variable: &'static str,
        /// Why it is no identifier.
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
