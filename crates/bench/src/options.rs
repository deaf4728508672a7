use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, ValueEnum};

use crate::limits::{PAIRS_MAX, PAIRS_MAX_ALLOWED};
use crate::scenario;

/// The section of `--help` about comparisons.
const HELP: &str = "\
Comparing two builds:
  With --baseline, two servers take turns in short rounds, each on a database of its own.
  A pair of rounds gives a ratio; above 1 the measured server is faster. Pairs are added,
  from 10 on, until the 95 % interval of the median ratio is narrower than ± 3 %, or there
  are as many as --pairs-max. \"no slower\" means a median of at least 0.97 and a lower end
  of at least 0.95.

  The exit code is 0 when every figure is no slower, 3 when one is slower, 4 when none is
  slower and one is undecided (its interval is wide and includes 1), and 1 when something
  can't be measured.

  Two builds:           --baseline ../baseline/target/release/seatkeeper
  Two configurations:   --server S --baseline S --baseline-arg=--some-flag=1
  A binary and itself:  --server S --baseline S
  Another wire:         --baseline S --baseline-bench ../baseline/target/release/seatkeeper-bench

  docs/performance.md explains how to read the table.";

/// Measures Seatkeeper end to end and compares it with raw writes to the same databases.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Options {
    /// Scenarios to run; all if not given.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(scenario::names()))]
    pub(crate) only: Vec<String>,
    /// Users per batch.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000], conflicts_with = "baseline")]
    pub(crate) sizes: Vec<usize>,
    /// Databases to run on.
    #[arg(long = "database", value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    pub(crate) databases: Vec<DatabaseKind>,
    /// Runs of each measurement. The report has their median, minimum and maximum.
    #[arg(long, default_value_t = 3, conflicts_with = "baseline")]
    pub(crate) runs: usize,
    /// Use small sizes and a single run: a functional check without meaningful figures.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Write the measurements as JSON to this file.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Write a plot of users per second as SVG to this file.
    #[arg(long, conflicts_with = "baseline")]
    pub(crate) plot: Option<PathBuf>,
    /// List the scenarios and exit.
    #[arg(long)]
    pub(crate) list: bool,
    /// The server to measure. Default: this workspace's server, built for release.
    #[arg(long, value_name = "BINARY")]
    pub(crate) server: Option<PathBuf>,
    /// An argument of the measured server's `serve`; repeat the option for several. If the value
    /// begins with a hyphen, write `--server-arg=--flag=value`.
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) server_arg: Vec<String>,
    /// Directory for `SQLite` databases. Default: the target directory. `PostgreSQL` clusters are
    /// created in the directory for temporary files (`TMPDIR`).
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) comparison: ComparisonOptions,
}

impl Options {
    /// The most pairs of rounds per scenario of a comparison.
    pub(crate) fn pairs_max(&self) -> usize {
        let default = if self.quick { 2 } else { PAIRS_MAX };
        let given = self.comparison.pairs_max;
        given.map_or(default, |pairs| usize::try_from(pairs).unwrap_or(default))
    }
}

/// The baseline of a comparison and its limits.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing two builds")]
pub(crate) struct ComparisonOptions {
    /// Compare the measured server with this server, in alternating rounds. Runs the scenarios that
    /// `--list` marks as compared; `--only` chooses from them.
    #[arg(long, value_name = "BINARY")]
    pub(crate) baseline: Option<PathBuf>,
    /// An argument of the baseline's `serve`; repeat the option for several. If the value begins
    /// with a hyphen, write `--baseline-arg=--flag=value`.
    #[arg(
        long,
        value_name = "ARG",
        requires = "baseline",
        allow_hyphen_values = true
    )]
    pub(crate) baseline_arg: Vec<String>,
    /// The `seatkeeper-bench` that drives the baseline, built at the baseline's commit. Needed if
    /// the baseline has another wire format. Default: this program.
    #[arg(long, value_name = "BINARY", requires = "baseline")]
    pub(crate) baseline_bench: Option<PathBuf>,
    /// The most pairs of rounds per scenario, even if intervals are still wide (40; with `--quick`
    /// 2).
    #[arg(
        long,
        value_name = "PAIRS",
        requires = "baseline",
        value_parser = clap::value_parser!(u64).range(1..=PAIRS_MAX_ALLOWED as u64)
    )]
    pub(crate) pairs_max: Option<u64>,
    /// Drive one server for a comparison: read requests for rounds from standard input and write
    /// figures to standard output, as JSON lines. Comparisons start their drivers with this option.
    #[arg(long, requires = "server", conflicts_with = "baseline")]
    pub(crate) drive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseKind {
    /// The value of `--database`.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
