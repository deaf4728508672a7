use std::env;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Failure;
use crate::process::{command, print_line, read, run};

/// Days that the clock is ahead: longer than every default retention and expiry.
const DAYS_AHEAD: i64 = 400;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Environment variable: the libraries that the loader loads before all others.
const PRELOAD: &str = "LD_PRELOAD";
/// Environment variable: the seconds that the library moves the clock ahead.
const SECONDS: &str = "CLOCK_AHEAD_SECONDS";

/// A clock that is ahead, for programs that start with its environment. A preloaded library changes
/// the time of day that the C library returns, so it needs neither privileges nor packages. Builds
/// of the tests use the real clock.
#[derive(Debug)]
pub(super) struct ClockAhead {
    directory: TempDir,
}

impl ClockAhead {
    /// Builds the library, and checks that it works on this system.
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

    /// The Cargo setting that starts each test with this clock.
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

    /// Compares the clock of a program with the library to the real clock.
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

/// A directory that other accounts can read: a PostgreSQL server that root starts runs as another
/// account.
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
