use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Parser, ValueEnum};

use crate::scenario;

/// Measures Seatkeeper end to end, beside the floor that the databases set.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// The scenarios to run; all of them when not given.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(scenario::names()))]
    pub(crate) only: Vec<String>,
    /// Users of the batches.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000])]
    pub(crate) sizes: Vec<usize>,
    /// The databases to run on.
    #[arg(long = "database", value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    pub(crate) databases: Vec<DatabaseKind>,
    /// Runs of each measurement, of which the median, the least and the most are told.
    #[arg(long, default_value_t = 3)]
    pub(crate) runs: usize,
    /// Small sizes and one run: shows that everything works, and no figures worth keeping.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Where to write what was measured as JSON.
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Where to write a plot of users per second as SVG.
    #[arg(long)]
    pub(crate) plot: Option<PathBuf>,
    /// Lists the scenarios and runs none.
    #[arg(long)]
    pub(crate) list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabaseKind {
    Sqlite,
    Postgres,
}
