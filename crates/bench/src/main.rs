//! Benchmarks of Seatkeeper: a real server process, driven by this process over gRPC, every
//! result read. Run it as `cargo run --release -p seatkeeper-bench`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

mod batch;
mod report;
mod server;
mod world;

use report::Row;
use server::{Database, Server};
use world::World;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Measures batches of two products, end to end, on each database and size.
#[derive(Debug, Parser)]
struct Options {
    /// Users of a batch.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    users: Vec<usize>,
    /// Databases to run on.
    #[arg(long, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    databases: Vec<DatabaseKind>,
    /// Runs of each measurement; the median is told.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Where to write the rows as JSON lines.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DatabaseKind {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let options = Options::parse();
    let binary = server::build()?;
    let mut rows = Vec::new();
    for &kind in &options.databases {
        for &users in &options.users {
            let database = match kind {
                DatabaseKind::Sqlite => Database::sqlite()?,
                DatabaseKind::Postgres => Database::postgres()?,
            };
            rows.extend(measure(&binary, &database, users, options.runs).await?);
        }
    }
    report::print(&rows)?;
    if let Some(path) = &options.json {
        report::write_json(path, &rows)?;
    }
    Ok(())
}

/// Assigns two products to everyone and revokes them again, `runs` times over.
async fn measure(
    binary: &std::path::Path,
    database: &Database,
    users: usize,
    runs: usize,
) -> Result<Vec<Row>, Error> {
    let server = Server::start(binary, database)?;
    let world = World::create(server.url(), users).await?;
    let (mut assigned, mut revoked) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        server.reset_peak_memory()?;
        assigned.push(batch::run(&world, world::assign_all()).await?);
        revoked.push(batch::run(&world, world::revoke_all()).await?);
    }
    let memory = server.peak_memory_bytes()?;
    let row = |work, timings| Row::of(database.name(), work, users, timings, memory);
    Ok(vec![row("assign", &assigned), row("revoke", &revoked)])
}
