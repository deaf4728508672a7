mod comparison;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, ValueEnum};

use crate::limits::PAIRS_MAX;
use crate::scenario;

use comparison::{ComparisonOptions, HELP};

/// Measures Seatkeeper end to end, beside raw writes to the same databases.
#[derive(Debug, Parser)]
#[command(after_long_help = HELP)]
pub(crate) struct Options {
    /// The scenarios to run; all of them when not given.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(scenario::names()))]
    pub(crate) only: Vec<String>,
    /// Users of the batches.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000], conflicts_with = "baseline")]
    pub(crate) sizes: Vec<usize>,
    /// The databases to run on.
    #[arg(long = "database", value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    pub(crate) databases: Vec<DatabaseKind>,
    /// Runs of each measurement, of which the median, the least and the most are told.
    #[arg(long, default_value_t = 3, conflicts_with = "baseline")]
    pub(crate) runs: usize,
    /// Small sizes and one run: shows that everything works, and no figures worth keeping.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where to write what was measured as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Where to write a plot of users per second as SVG.
    #[arg(long, conflicts_with = "baseline")]
    pub(crate) plot: Option<PathBuf>,
    /// Lists the scenarios and runs none.
    #[arg(long)]
    pub(crate) list: bool,
    /// The server to measure; this workspace's, built for release, when not given.
    #[arg(long, value_name = "BINARY")]
    pub(crate) server: Option<PathBuf>,
    /// An argument of the measured server's `serve`; repeat the option for several. With a value
    /// that begins with a hyphen, write `--server-arg=--flag=value`.
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    pub(crate) server_arg: Vec<String>,
    /// Where `SQLite` databases are created; the target directory when not given. `PostgreSQL`
    /// clusters are created in the directory for temporary files (`TMPDIR`).
    #[arg(long)]
    pub(crate) directory: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) comparison: ComparisonOptions,
}

impl Options {
    /// Pairs of rounds after which a scenario of a comparison ends.
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
    /// What `--database` calls it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
