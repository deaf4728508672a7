use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Error;
use crate::database::Database;
use crate::options::Options;

/// A server's binary, and arguments of its `serve` in addition to those of the benchmark.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    pub(crate) arguments: Vec<String>,
}

impl Program {
    /// The server to measure: the given binary, or this workspace's server, built now.
    pub(crate) fn measured(options: &Options) -> Result<Self, Error> {
        let binary = match &options.server {
            Some(binary) => binary.clone(),
            None => build()?,
        };
        Ok(Self {
            binary,
            arguments: options.server_arg.clone(),
        })
    }
}

/// Builds the server for release and returns the path of its binary.
fn build() -> Result<PathBuf, Error> {
    let built = cargo()
        .args(["build", "--release", "--package", "seatkeeper"])
        .status()?;
    if !built.success() {
        return Err("the server's build failed; see the errors above".into());
    }
    Ok(target_directory()?.join("release").join("seatkeeper"))
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// This workspace's target directory, two levels above this program.
pub(crate) fn target_directory() -> Result<PathBuf, Error> {
    let program = std::env::current_exe()?;
    let target = program
        .ancestors()
        .nth(2)
        .ok_or("this program is not in a target directory")?;
    Ok(target.to_owned())
}

/// The directory for databases.
pub(crate) fn directory(options: &Options) -> Result<PathBuf, Error> {
    match &options.directory {
        Some(directory) => Ok(directory.clone()),
        None => target_directory(),
    }
}

/// A server process, killed when dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    pub(crate) fn start(program: &Program, database: &Database) -> Result<Self, Error> {
        let mut command = Command::new(&program.binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(database.arguments())
            .args(&program.arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command
            .spawn()
            .map_err(|error| format!("can't run {}: {error}", program.binary.display()))?;
        let stdout = process
            .stdout
            .take()
            .ok_or("the server has no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let Some(url) = url else {
            process.kill()?;
            return Err(format!(
                "the server did not start and printed {line:?}; to see why, run {command:?}"
            )
            .into());
        };
        Ok(Self { process, url })
    }

    /// Kills the process and waits until it has exited and released its locks.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Resets the peak, so that it covers the batches and not the set-up.
    pub(crate) fn reset_peak_memory(&self) -> Result<(), Error> {
        let path = format!("/proc/{}/clear_refs", self.process.id());
        Ok(std::fs::write(path, "5")?)
    }

    /// The peak of the server's resident memory since the last reset, in bytes.
    pub(crate) fn peak_memory_bytes(&self) -> Result<u64, Error> {
        self.memory("VmHWM:")
    }

    /// The server's resident memory, in bytes.
    pub(crate) fn memory_bytes(&self) -> Result<u64, Error> {
        self.memory("VmRSS:")
    }

    fn memory(&self, name: &str) -> Result<u64, Error> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line
            .and_then(|line| line.split_whitespace().next())
            .ok_or_else(|| format!("no {name}"))?;
        Ok(kib.parse::<u64>()? * 1024)
    }

    /// The processor time of the server's current threads.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Error> {
        let mut nanos = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let schedstat = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let ran = schedstat.split_whitespace().next().ok_or("no schedstat")?;
            nanos += ran.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that the process has exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
