//! Compares two builds, or two configurations of one build. Two servers take turns in short rounds;
//! each has its own database and its own driver. A pair of rounds gives one ratio, and the median
//! of the ratios with its interval shows whether the measured server is slower.

mod driver;
mod estimate;
mod interval;
mod pairs;
mod stopping;
mod turns;
mod verdict;

use std::process::ExitCode;

use crate::limits::{EXIT_SLOWER, EXIT_UNDECIDED};
use crate::options::{DatabaseKind, Options};
use crate::protocol::{RoundRequest, Work};
use crate::report::number;
use crate::server::{Program, directory};
use crate::{Error, rounds};

use driver::Driver;
pub(crate) use estimate::Estimate;
pub(crate) use pairs::Compared;
pub(crate) use verdict::Verdict;

/// The figures of one scenario on one database.
pub(crate) struct Comparison {
    pub(crate) database: &'static str,
    pub(crate) scenario: &'static str,
    pub(crate) figures: Vec<Compared>,
}

/// The comparisons of all scenarios and databases.
#[derive(Default)]
pub(crate) struct Comparisons {
    pub(crate) done: Vec<Comparison>,
    /// One error per database whose remaining scenarios could not be compared.
    pub(crate) failures: Vec<String>,
}

impl Comparisons {
    /// The program's exit code, unless a figure could not be measured.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let figures = self.done.iter().flat_map(|comparison| &comparison.figures);
        match Verdict::worst(figures.map(|figure| figure.estimate().verdict())) {
            Verdict::NoSlower => ExitCode::SUCCESS,
            Verdict::Slower => ExitCode::from(EXIT_SLOWER),
            Verdict::Undecided => ExitCode::from(EXIT_UNDECIDED),
        }
    }
}

/// Compares two servers with the chosen scenarios on the chosen databases. A failure ends the
/// comparison on its database only.
pub(crate) fn run(
    options: &Options,
    measured: &Program,
    baseline: &Program,
) -> Result<Comparisons, Error> {
    let scenarios = rounds::chosen(&options.only)?;
    let mut comparisons = Comparisons::default();
    for &database in &options.databases {
        let compared = on(
            database,
            options,
            [measured, baseline],
            &scenarios,
            &mut comparisons.done,
        );
        if let Err(error) = compared {
            let failure = format!("on {}: {error}", database.name());
            eprintln!("{failure}");
            comparisons.failures.push(failure);
        }
    }
    Ok(comparisons)
}

fn on(
    database: DatabaseKind,
    options: &Options,
    [measured, baseline]: [&Program; 2],
    scenarios: &[&'static str],
    done: &mut Vec<Comparison>,
) -> Result<(), Error> {
    let own = std::env::current_exe()?;
    let directory = directory(options)?;
    let baseline_bench = options.comparison.baseline_bench.as_ref().unwrap_or(&own);
    let start = |name, bench, program| Driver::start(name, bench, program, database, &directory);
    let mut measured = start("measured", &own, measured)?;
    let mut baseline = start("baseline", baseline_bench, baseline)?;
    for &scenario in scenarios {
        let request = RoundRequest {
            scenario: scenario.to_owned(),
            work: if options.quick {
                Work::quick()
            } else {
                Work::full()
            },
        };
        let figures = turns::take_turns(
            &mut measured,
            &mut baseline,
            &request,
            options.pairs_max(),
            |figures| print_progress(scenario, database, figures),
        )?;
        done.push(Comparison {
            database: database.name(),
            scenario,
            figures,
        });
    }
    Ok(())
}

/// Prints the newest pair and the estimate of all pairs so far to standard error.
fn print_progress(scenario: &str, database: DatabaseKind, figures: &[Compared]) {
    for figure in figures {
        let ratio = figure.ratios().last().copied().unwrap_or(f64::NAN);
        let Estimate {
            pairs,
            median,
            interval,
        } = figure.estimate();
        let interval = interval.map_or_else(String::new, |interval| {
            format!(", {:.3} to {:.3}", interval.low, interval.high)
        });
        eprintln!(
            "{scenario} on {}, pair {pairs}: {}: {ratio:.3} ({} {}); median {median:.3}{interval}",
            database.name(),
            figure.figure,
            number(figure.measured.last().copied().unwrap_or(f64::NAN)),
            figure.unit,
        );
    }
}
