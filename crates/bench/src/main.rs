//! Benchmarks of Seatkeeper: real server processes, driven by this process over gRPC, every result
//! read, beside hand-written programs that write the same rows and do nothing else. Run it as
//! `cargo run --release -p seatkeeper-bench`; `-- --help` tells what can be chosen, `-- --list`
//! what is measured.

use clap::Parser;

mod batch;
mod call;
mod clients;
mod database;
mod findings;
mod floor;
mod lab;
mod options;
mod plan;
mod report;
mod scenario;
mod scenarios;
mod series;
mod server;
mod world;

use options::Options;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// As in the server: the client's own cost is part of what is measured.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let options = Options::parse();
    if options.list {
        return report::list(scenario::ALL);
    }
    let results = scenario::run(&options).await?;
    report::print(&results)?;
    if let Some(path) = &options.json {
        report::write_json(path, &results)?;
    }
    if let Some(path) = &options.plot {
        report::write_plot(path, &results)?;
    }
    if results.failures.is_empty() {
        Ok(())
    } else {
        Err("not every scenario could be measured".into())
    }
}
