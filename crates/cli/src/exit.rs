use std::process::ExitCode;

/// How a command ended, as a shell sees it. `--help` documents the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was done.
    Success,
    /// Nothing was done, or something stood in the way.
    Failure,
    /// Some users failed and others did not.
    Partial,
    /// A check of `seatkeeper verify` failed.
    VerificationFailed,
}

/// The codes, for `--help`. Code 2 is the parser's own.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  all was done
  1  nothing was done, or an error stood in the way
  2  the command line was wrong
  3  partial failure: some users failed, others did not
  4  the connection was lost for good; the batch goes on at the server, and
     `seatkeeper batches follow` tells how it ends
  5  `seatkeeper verify` found something that does not hold";

/// The code for a wrong command line.
pub(crate) const WRONG_USAGE: u8 = 2;

/// The code for a lost connection to a batch that goes on.
pub(crate) const CONNECTION_LOST: u8 = 4;

impl Exit {
    /// The exit of something that was tried for many users.
    pub(crate) fn of_counts(failed: i64, others: i64) -> Self {
        match (failed, others) {
            (0, _) => Self::Success,
            (_, 0) => Self::Failure,
            _ => Self::Partial,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Failure => Self::FAILURE,
            Exit::Partial => Self::from(3),
            Exit::VerificationFailed => Self::from(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_failure_is_success_even_when_nothing_had_to_be_done() {
        assert_eq!(Exit::of_counts(0, 0), Exit::Success);
    }

    #[test]
    fn only_failures_are_a_failure() {
        assert_eq!(Exit::of_counts(2, 0), Exit::Failure);
    }

    #[test]
    fn failures_beside_successes_are_partial() {
        assert_eq!(Exit::of_counts(2, 5), Exit::Partial);
    }
}
