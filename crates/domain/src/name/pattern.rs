use std::fmt;

use super::error::{NameError, NameProblem, clipped};
use crate::IdError;

/// The form of a resource name: alternating collections and variables, separated by slashes.
pub(super) struct Pattern {
    /// The form as text, for errors.
    pub(super) text: &'static str,
    /// Its collection segments, in order.
    pub(super) collections: &'static [&'static str],
}

/// A name split by a pattern, with its variable segments validated one after the other.
pub(super) struct Segments<'a> {
    given: &'a str,
    pattern: &'a Pattern,
    variables: Vec<&'a str>,
    checked: usize,
}

impl Pattern {
    /// Splits `given` and compares its collection segments.
    pub(super) fn split<'a>(&'a self, given: &'a str) -> Result<Segments<'a>, NameError> {
        let segments: Vec<&str> = given.split('/').collect();
        let wrong = |problem| NameError::new(given, self.text, problem);
        for (pair, (&segment, &expected)) in segments
            .iter()
            .step_by(2)
            .zip(self.collections.iter())
            .enumerate()
        {
            if segment != expected {
                return Err(wrong(NameProblem::Collection {
                    segment: 2 * pair + 1,
                    given: clipped(segment),
                    expected,
                }));
            }
        }
        let expected = 2 * self.collections.len();
        if segments.len() != expected {
            return Err(wrong(NameProblem::SegmentCount {
                given: segments.len(),
                expected,
            }));
        }
        Ok(Segments {
            given,
            pattern: self,
            variables: segments.into_iter().skip(1).step_by(2).collect(),
            checked: 0,
        })
    }
}

impl Segments<'_> {
    /// Whether the next variable segment equals `text`.
    pub(super) fn next_is(&self, text: &str) -> bool {
        self.variables.get(self.checked) == Some(&text)
    }

    /// Parses the next variable segment; the pattern must have one left.
    pub(super) fn next_id<T>(
        &mut self,
        variable: &'static str,
        parse: impl FnOnce(&str) -> Result<T, IdError>,
    ) -> Result<T, NameError> {
        let index = self.checked;
        self.checked += 1;
        parse(self.variables[index]).map_err(|error| {
            let problem = NameProblem::Id {
                segment: 2 * index + 2,
                variable,
                error,
            };
            NameError::new(self.given, self.pattern.text, problem)
        })
    }
}

/// Prints alternating collections and identifiers, separated by slashes.
pub(super) fn print(pairs: &[(&str, &str)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, (collection, id)) in pairs.iter().enumerate() {
        if index > 0 {
            f.write_str("/")?;
        }
        write!(f, "{collection}/{id}")?;
    }
    Ok(())
}
