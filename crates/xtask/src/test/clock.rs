use std::env;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Failure;
use crate::process::{command, print_line, read, run};

/// How far the clock is ahead, in days: longer than anything that expires is kept by default.
const DAYS_AHEAD: i64 = 400;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Names the libraries that are loaded before all others, in the environment.
const PRELOAD: &str = "LD_PRELOAD";
/// Sets how far ahead the library moves the clock.
const SECONDS: &str = "CLOCK_AHEAD_SECONDS";

/// A clock that is ahead, for programs that are started with its environment. It takes no privilege
/// and no package: a library that these load moves what the C library says of the time of day.
/// Builds of the tests use the real clock.
#[derive(Debug)]
pub(super) struct ClockAhead {
    directory: TempDir,
}

impl ClockAhead {
    /// Builds the library, and makes sure that it works here.
    pub(super) fn build() -> Result<Self, Failure> {
        let clock = Self {
            directory: open_directory()?,
        };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/test/clock_ahead.c");
        let mut cc = command("cc");
        cc.args(["-shared", "-fPIC", "-o"]).arg(clock.library());
        run(cc.arg(source).arg("-ldl"))?;
        clock.check()?;
        print_line(&format!("clock: {DAYS_AHEAD} days ahead"));
        Ok(clock)
    }

    /// The setting of cargo by which it starts each test under this clock.
    pub(super) fn runner(&self) -> String {
        let settings = self.environment();
        let settings = settings.map(|(name, value)| format!("{name}={}", value.to_string_lossy()));
        let words = std::iter::once("env".to_owned()).chain(settings);
        let words = words.map(|word| format!("{word:?}")).collect::<Vec<_>>();
        format!("target.'cfg(all())'.runner = [{}]", words.join(", "))
    }

    fn environment(&self) -> [(&'static str, OsString); 2] {
        let mut libraries = self.library().into_os_string();
        if let Some(others) = env::var_os(PRELOAD) {
            libraries.push(":");
            libraries.push(others);
        }
        let seconds = (DAYS_AHEAD * DAY_SECONDS).to_string();
        [(PRELOAD, libraries), (SECONDS, seconds.into())]
    }

    fn library(&self) -> PathBuf {
        self.directory.path().join("clock_ahead.so")
    }

    /// Compares the clock of a program that is started with it to the real one.
    fn check(&self) -> Result<(), Failure> {
        let real = seconds(&read(command("date").arg("+%s"))?);
        let moved = command("date").arg("+%s").envs(self.environment()).output();
        let moved = moved.map_err(|source| Failure::Spawn {
            program: "date".to_owned(),
            source,
        })?;
        let moved = seconds(&String::from_utf8_lossy(&moved.stdout));
        let days_ahead = (moved - real) / DAY_SECONDS;
        if days_ahead == DAYS_AHEAD {
            return Ok(());
        }
        Err(Failure::ClockNotAhead {
            wanted: DAYS_AHEAD,
            found: days_ahead,
        })
    }
}

/// A directory that other accounts can read: a PostgreSQL that root starts runs as one.
fn open_directory() -> Result<TempDir, Failure> {
    let prefix = "seatkeeper-clock-";
    let created = tempfile::Builder::new().prefix(prefix).tempdir();
    let directory = created
        .map_err(|source| Failure::file("create a directory in", env::temp_dir(), source))?;
    let readable = Permissions::from_mode(0o755);
    match fs::set_permissions(directory.path(), readable) {
        Ok(()) => Ok(directory),
        Err(source) => Err(Failure::file("open to all", directory.path(), source)),
    }
}

fn seconds(printed: &str) -> i64 {
    printed.trim().parse().unwrap_or_default()
}
