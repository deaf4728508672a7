use std::path::PathBuf;

use clap::Args;

use crate::limits::PAIRS_MAX_ALLOWED;

/// The section of `--help` about comparisons.
pub(super) const HELP: &str = "\
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
