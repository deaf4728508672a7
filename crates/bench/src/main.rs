//! Benchmarks of Seatkeeper. This process drives real server processes over gRPC and reads every
//! result. For comparison, hand-written programs write the same rows and do nothing else. Run it as
//! `cargo run --release -p seatkeeper-bench`; `-- --help` prints the options, `-- --list` the
//! scenarios.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

mod batch;
mod call;
mod clients;
mod comparison;
mod database;
mod drive;
mod environment;
mod limits;
mod options;
mod plan;
mod protocol;
mod raw_database;
mod report;
mod rounds;
mod scenario;
mod scenario_results;
mod scenarios;
mod series;
mod server;
mod workload;

use options::Options;
use server::Program;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// The same allocator as in the server, because the client's own cost is part of each measurement.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    let options = Options::parse();
    if options.list {
        report::list(scenario::ALL)?;
        Ok(ExitCode::SUCCESS)
    } else if options.comparison.drive {
        drive::run(&options, Program::measured(&options)?).await?;
        Ok(ExitCode::SUCCESS)
    } else if let Some(baseline) = &options.comparison.baseline {
        compare(&options, baseline)
    } else {
        measure(&options).await
    }
}

/// Compares two servers.
fn compare(options: &Options, baseline: &Path) -> Result<ExitCode, Error> {
    let baseline = Program {
        binary: baseline.to_owned(),
        arguments: options.comparison.baseline_arg.clone(),
    };
    let comparisons = comparison::run(options, &Program::measured(options)?, &baseline)?;
    report::print_comparisons(&comparisons)?;
    if let Some(path) = &options.json {
        report::write_comparisons(path, &comparisons)?;
    }
    if comparisons.failures.is_empty() {
        Ok(comparisons.exit_code())
    } else {
        Err("some scenarios could not be compared; see the errors above".into())
    }
}

/// Measures one server.
async fn measure(options: &Options) -> Result<ExitCode, Error> {
    let results = scenario::run(options).await?;
    report::print(&results)?;
    if let Some(path) = &options.json {
        report::write_json(path, &results)?;
    }
    if let Some(path) = &options.plot {
        report::write_plot(path, &results)?;
    }
    if results.failures.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Err("some scenarios could not be measured; see the errors above".into())
    }
}
