use std::time::Duration;

use clap::Args;
use seatkeeper_engine::Limits;

use crate::{CliError, duration};

/// Retention periods.
#[derive(Debug, Args)]
pub(super) struct RetentionOptions {
    /// How long a batch is kept after its end, and how long the request ID of any other call is
    /// stored: a duration such as 12h or 90d, or `forever`.
    #[arg(
        long,
        env = "SEATKEEPER_BATCH_RETENTION",
        value_name = "TIME",
        default_value_t = Retention(Limits::default().batch_retention),
        value_parser = Retention::parse
    )]
    batch_retention: Retention,

    /// How long journal entries are kept, except those of existing batches: a duration such as
    /// 400d, not shorter than the batch retention, or `forever`.
    #[arg(
        long,
        env = "SEATKEEPER_JOURNAL_RETENTION",
        value_name = "TIME",
        default_value_t = Retention(Limits::default().journal_retention),
        value_parser = Retention::parse
    )]
    journal_retention: Retention,

    /// How often the retention job runs: a duration such as 1m.
    #[arg(
        long,
        env = "SEATKEEPER_RETENTION_INTERVAL",
        value_name = "TIME",
        default_value = "1m",
        value_parser = interval
    )]
    retention_interval: Duration,
}

/// A retention period; `None` means forever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Retention(Option<Duration>);

impl Retention {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self(None));
        }
        duration::parse(text)
            .map(|time| Self(Some(time)))
            .map_err(|wrong| format!("{wrong}, or `forever`"))
    }

    fn is_shorter_than(self, other: Self) -> bool {
        match (self.0, other.0) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(own), Some(other)) => own < other,
        }
    }
}

impl std::fmt::Display for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(time) => f.write_str(&duration::print(time)),
            None => f.write_str("forever"),
        }
    }
}

/// Parses the interval of the retention job.
fn interval(text: &str) -> Result<Duration, String> {
    let time = duration::parse(text)?;
    if time.is_zero() {
        return Err("the interval must be at least 1s".to_owned());
    }
    Ok(time)
}

impl RetentionOptions {
    /// # Errors
    /// If the journal retention is shorter than the batch retention: the journal holds batch
    /// results.
    pub(super) fn apply(&self, limits: &mut Limits) -> Result<(), CliError> {
        if self.journal_retention.is_shorter_than(self.batch_retention) {
            return Err(CliError::Usage(format!(
                "--journal-retention {} is shorter than --batch-retention {}: the journal holds the \
                 results of batches",
                self.journal_retention, self.batch_retention
            )));
        }
        limits.batch_retention = self.batch_retention.0;
        limits.journal_retention = self.journal_retention.0;
        limits.retention_interval = self.retention_interval;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        retention: RetentionOptions,
    }

    fn limits(words: &[&str]) -> Limits {
        let words = ["serve"].iter().chain(words);
        let mut limits = Limits::default();
        let retention = Line::parse_from(words).retention;
        retention.apply(&mut limits).unwrap();
        limits
    }

    #[test]
    fn the_defaults_are_the_engines() {
        let (given, defaults) = (limits(&[]), Limits::default());
        assert_eq!(given.batch_retention, defaults.batch_retention);
        assert_eq!(given.journal_retention, defaults.journal_retention);
        assert_eq!(given.retention_interval, defaults.retention_interval);
    }

    #[test]
    fn unlimited_retention_has_no_duration() {
        assert_eq!(
            limits(&["--batch-retention", "forever"]).batch_retention,
            None
        );
        let day = limits(&["--batch-retention", "1d"]).batch_retention;
        assert_eq!(day, Some(Duration::from_hours(24)));
    }

    #[test]
    fn a_journal_kept_for_less_time_than_its_batches_is_refused() {
        let refused = |words: &[&str]| {
            let words = ["serve"].iter().chain(words);
            let retention = Line::parse_from(words).retention;
            retention.apply(&mut Limits::default()).is_err()
        };
        assert!(refused(&["--journal-retention", "89d"]));
        assert!(!refused(&["--journal-retention", "90d"]));
        let batches = ["--batch-retention", "forever"];
        assert!(refused(
            &[&batches[..], &["--journal-retention", "900d"]].concat()
        ));
        assert!(!refused(&batches));
    }

    #[test]
    fn looking_all_the_time_is_refused() {
        let line = Line::try_parse_from(["serve", "--retention-interval", "0s"]);
        assert!(line.is_err());
    }
}
