use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::account::RunAs;
use super::builder::guarded_directory;
use super::client::SUPERUSER;
use super::process::{command, run};
use super::watchdog::Watchdog;
use super::{PostgresBinaries, PostgresError};

/// The most attempts to start while processes of a crashed server still exit. `START_RETRY_PAUSE`
/// is the pause between two attempts.
const START_ATTEMPTS_MAX: usize = 50;
const START_RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Timeout for the server to start, including recovery, or to stop.
const WAIT_SECONDS: &str = "60";
const LOG_TAIL_LINES: usize = 15;

const KILL_SCRIPT: &str = r#"
kill -KILL "$1" || exit 1
polls=0
while kill -0 "$1" 2>/dev/null && [ "$polls" -lt 100 ]; do
    polls=$((polls + 1))
    sleep 0.02
done
"#;

/// Starts and stops the server of one data directory.
#[derive(Debug)]
pub(super) struct Control {
    binaries: PostgresBinaries,
    run_as: RunAs,
    base: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

impl Control {
    pub(super) fn new(binaries: PostgresBinaries, run_as: RunAs, base: PathBuf) -> Self {
        Self {
            binaries,
            run_as,
            base,
            environment: Vec::new(),
        }
    }

    pub(super) fn set_environment(&mut self, environment: Vec<(OsString, OsString)>) {
        self.environment = environment;
    }

    /// The control of another cluster with the same binaries, in a new directory.
    pub(super) fn beside(&self) -> Result<(Self, Watchdog), PostgresError> {
        let (base, run_as, watchdog) = guarded_directory()?;
        Ok((Self::new(self.binaries.clone(), run_as, base), watchdog))
    }

    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    pub(super) fn binaries(&self) -> &PostgresBinaries {
        &self.binaries
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.base.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.base.join("log")
    }

    pub(super) fn initialize(&self, settings: &[(String, String)]) -> Result<(), PostgresError> {
        let mut initdb = self.program("initdb");
        initdb
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .arg(format!("--username={SUPERUSER}"))
            .arg("-D")
            .arg(self.data_dir());
        run(initdb)?;
        self.write_settings(settings)
    }

    pub(super) fn start(&self) -> Result<(), PostgresError> {
        for _ in 1..START_ATTEMPTS_MAX {
            match self.try_start() {
                Err(PostgresError::Failed { output, .. }) if predecessor_lingers(&output) => {
                    thread::sleep(START_RETRY_PAUSE);
                }
                result => return result,
            }
        }
        self.try_start()
    }

    pub(super) fn stop(&self) -> Result<(), PostgresError> {
        let mut pg_ctl = self.pg_ctl();
        pg_ctl.args(["stop", "-m", "fast"]);
        run(pg_ctl).map(drop)
    }

    pub(super) fn promote(&self) -> Result<(), PostgresError> {
        let mut pg_ctl = self.pg_ctl();
        pg_ctl.arg("promote");
        run(pg_ctl).map(drop)
    }

    pub(super) fn kill(&self) -> Result<(), PostgresError> {
        let lock = self.data_dir().join("postmaster.pid");
        let content = fs::read_to_string(&lock)
            .map_err(|source| PostgresError::file("read", &lock, source))?;
        let pid = content.lines().next().unwrap_or_default();
        let mut kill = command(Path::new("sh"));
        kill.args(["-c", KILL_SCRIPT, "sh", pid]);
        run(kill).map(drop)
    }

    fn try_start(&self) -> Result<(), PostgresError> {
        let mut pg_ctl = self.pg_ctl();
        // A new log per start, so that its last lines concern this start alone.
        let log = self.log();
        let _ = fs::remove_file(&log);
        pg_ctl.arg("start").arg("-l").arg(&log);
        match run(pg_ctl) {
            Err(PostgresError::Failed {
                program,
                status,
                output,
            }) => Err(PostgresError::Failed {
                program,
                status,
                output: format!("{output}\n{}", tail(&log)),
            }),
            result => result.map(drop),
        }
    }

    pub(super) fn write_settings(
        &self,
        settings: &[(String, String)],
    ) -> Result<(), PostgresError> {
        let path = self.data_dir().join("postgresql.conf");
        let failed = |source| PostgresError::file("append to", &path, source);
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(failed)?;
        for (name, value) in settings {
            writeln!(file, "{name} = '{}'", value.replace('\'', "''")).map_err(failed)?;
        }
        Ok(())
    }

    fn pg_ctl(&self) -> Command {
        let mut pg_ctl = self.program("pg_ctl");
        pg_ctl.args(["--wait", "--timeout", WAIT_SECONDS, "-D"]);
        pg_ctl.arg(self.data_dir());
        pg_ctl
    }

    fn program(&self, name: &str) -> Command {
        let mut command = command(&self.binaries.program(name));
        command.envs(self.environment.iter().cloned());
        self.run_as.apply(&mut command);
        command
    }
}

fn predecessor_lingers(output: &str) -> bool {
    output.contains("pre-existing shared memory block")
        || output.contains("lock file \"postmaster.pid\" already exists")
}

fn tail(log: &Path) -> String {
    let content = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = content.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
