use std::process::ExitCode;

/// The exit status of a command. `--help` documents the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Success,
    /// Nothing was done, or an error stopped the command.
    Failure,
    /// Some users failed and others did not.
    Partial,
    /// A check of `seatkeeper verify` failed.
    VerificationFailed,
}

/// The exit codes, for `--help`. The parser of the command line itself returns code 2.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  nothing was done, or an error stopped the command
  2  the command line is invalid
  3  partial failure: some users failed, others did not
  4  the connection was lost and all retries failed; the batch continues on the
     server: `seatkeeper batches follow` shows its results
  5  `seatkeeper verify` found a violated invariant";

/// Exit code for an invalid command line.
pub(crate) const WRONG_USAGE: u8 = 2;

/// Exit code for a lost connection to a batch that continues on the server.
pub(crate) const CONNECTION_LOST: u8 = 4;

impl Exit {
    /// The exit status of an operation on many users.
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
