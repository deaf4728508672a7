use std::collections::HashMap;

use seatkeeper_proto::v1::UserResult;

use super::result_line::symbol;
use crate::output::{Output, ResultSymbol};

/// The results to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::commands) enum Show {
    /// The first few successes, and a few failures of each violation.
    Sample,
    /// All failures.
    Failed,
    /// All results.
    All,
    /// No results.
    None,
}

const SUCCESSES_SAMPLED: usize = 3;
const FAILURES_SAMPLED_PER_KIND: usize = 2;

/// Selects the results to show.
#[derive(Debug)]
pub(super) struct Picker {
    show: Show,
    successes: usize,
    /// Number of shown failures, by violation type.
    failures: HashMap<i32, usize>,
    /// Number of failures that were not shown.
    pub(super) left_out: usize,
}

impl Show {
    /// The default: all results in JSON, a sample in a table.
    pub(in crate::commands) fn usual(out: &Output) -> Self {
        if out.is_json() {
            Self::All
        } else {
            Self::Sample
        }
    }
}

impl Picker {
    pub(super) fn new(show: Show) -> Self {
        Self {
            show,
            successes: 0,
            failures: HashMap::new(),
            left_out: 0,
        }
    }

    pub(super) fn picks(&mut self, result: &UserResult) -> bool {
        let failed = symbol(result) == ResultSymbol::Failed;
        let picked = match self.show {
            Show::All => true,
            Show::None => false,
            Show::Failed => failed,
            Show::Sample if failed => self.samples(result),
            Show::Sample => {
                self.successes += 1;
                self.successes <= SUCCESSES_SAMPLED
            }
        };
        self.left_out += usize::from(failed && !picked);
        picked
    }

    /// Whether one of the failure's violations was shown too rarely so far.
    fn samples(&mut self, result: &UserResult) -> bool {
        let violations = result
            .license_results
            .iter()
            .flat_map(|one| &one.violations);
        let kinds: Vec<i32> = violations.map(|violation| violation.r#type).collect();
        let seldom =
            |kind| self.failures.get(kind).copied().unwrap_or(0) < FAILURES_SAMPLED_PER_KIND;
        if !kinds.iter().any(seldom) {
            return false;
        }
        for kind in kinds {
            *self.failures.entry(kind).or_default() += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::{LicenseResult, Outcome, Violation, ViolationType};

    use super::*;

    fn failure(violation: ViolationType) -> UserResult {
        UserResult {
            license_results: vec![LicenseResult {
                outcome: Outcome::Failed.into(),
                violations: vec![Violation {
                    r#type: violation.into(),
                    ..Violation::default()
                }],
                ..LicenseResult::default()
            }],
            ..UserResult::default()
        }
    }

    #[test]
    fn a_sample_has_a_few_failures_of_each_kind() {
        let mut picker = Picker::new(Show::Sample);
        let mut shows = |violation| picker.picks(&failure(violation));
        for _ in 0..FAILURES_SAMPLED_PER_KIND {
            assert!(shows(ViolationType::UserBlocked));
        }
        assert!(!shows(ViolationType::UserBlocked));
        assert!(shows(ViolationType::SeatsExhausted));
        assert_eq!(picker.left_out, 1);
    }

    #[test]
    fn only_failures_are_shown_on_request() {
        let mut picker = Picker::new(Show::Failed);
        assert!(!picker.picks(&UserResult::default()));
        assert!(picker.picks(&failure(ViolationType::Cancelled)));
    }
}
