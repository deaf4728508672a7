mod comparison;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, ValueEnum};

use crate::limits::PAIRS_MAX;
use crate::scenario;

use comparison::{ComparisonOptions, HELP};

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
