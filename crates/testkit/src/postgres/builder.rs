use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::account::RunAs;
use super::client::Client;
use super::control::Control;
use super::process::{command, run};
use super::watchdog::Watchdog;
use super::{PostgresBinaries, PostgresCluster, PostgresError};

/// The longest directory that leaves space for the socket's name. The smallest limit among Unix
/// systems is 104 bytes for the whole path.
const SOCKET_DIR_BYTES_MAX: usize = 80;
const CONNECTIONS_MAX: &str = "300";

/// Configures and starts a cluster.
#[derive(Debug, Default)]
#[must_use]
pub struct ClusterBuilder {
    durable: bool,
    settings: Vec<(String, String)>,
    environment: Vec<(OsString, OsString)>,
}

impl ClusterBuilder {
    /// Flushes to the disk at each commit, as a production server does. Without it, a commit
    /// survives a crash of the server but not of the machine, and tests run faster.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Adds a line to `postgresql.conf`. A later line overrides an earlier one.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Sets a variable in the environment of the server's programs.
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Creates the cluster and waits until it accepts connections.
    pub fn start(self) -> Result<PostgresCluster, PostgresError> {
        let binaries = PostgresBinaries::find()?;
        let (base, run_as, watchdog) = guarded_directory()?;
        let binaries = within_reach(binaries, &run_as, &base)?;
        let client = Client::new(&binaries, base.clone());
        let mut control = Control::new(binaries, run_as, base.clone());
        control.set_environment(self.environment.clone());
        let settings = self.all_settings(&base);
        control.initialize(&settings)?;
        control.start()?;
        Ok(PostgresCluster::new(control, client, watchdog))
    }

    fn all_settings(self, base: &Path) -> Vec<(String, String)> {
        let disk = if self.durable { "on" } else { "off" };
        let defaults = [
            ("listen_addresses", String::new()),
            ("unix_socket_directories", base.display().to_string()),
            ("max_connections", CONNECTIONS_MAX.to_owned()),
            ("fsync", disk.to_owned()),
            ("full_page_writes", disk.to_owned()),
        ];
        defaults
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(self.settings)
            .collect()
    }
}

/// A directory for a cluster, the account that runs the cluster, and the watchdog that deletes the
/// directory.
pub(super) fn guarded_directory() -> Result<(PathBuf, RunAs, Watchdog), PostgresError> {
    let directory = create_directory()?;
    let run_as = RunAs::choose(directory.path())?;
    run_as.take_ownership(directory.path())?;
    let watchdog = Watchdog::guard(directory.path())?;
    // From this line on the watchdog deletes the directory.
    Ok((directory.keep(), run_as, watchdog))
}

fn create_directory() -> Result<TempDir, PostgresError> {
    let parent = socket_parent(env::temp_dir());
    tempfile::Builder::new()
        .prefix("seatkeeper-pg-")
        .tempdir_in(&parent)
        .map_err(|source| PostgresError::file("create a directory in", parent, source))
}

fn socket_parent(preferred: PathBuf) -> PathBuf {
    if preferred.as_os_str().len() <= SOCKET_DIR_BYTES_MAX - "/seatkeeper-pg-123456".len() {
        preferred
    } else {
        PathBuf::from("/tmp")
    }
}

/// The binaries at a path where the account can run them. Other accounts can't read a directory
/// under root's home, so a directory that `cargo xtask setup` filled is copied.
fn within_reach(
    binaries: PostgresBinaries,
    run_as: &RunAs,
    base: &Path,
) -> Result<PostgresBinaries, PostgresError> {
    let RunAs::Other { name, .. } = run_as else {
        return Ok(binaries);
    };
    let program = binaries.program("postgres");
    if can_run(&program, run_as) {
        return Ok(binaries);
    }
    let setup_root = PostgresBinaries::setup_root();
    if !binaries.dir().starts_with(&setup_root) {
        return Err(PostgresError::OutOfReach {
            program,
            account: name.clone(),
        });
    }
    let copy = base.join("programs");
    let mut cp = command(Path::new("cp"));
    cp.arg("-R").arg(&setup_root).arg(&copy);
    run(cp)?;
    let mut chmod = command(Path::new("chmod"));
    chmod.args(["-R", "a+rX"]).arg(&copy);
    run(chmod)?;
    Ok(PostgresBinaries::in_setup_tree(&copy))
}

fn can_run(program: &Path, run_as: &RunAs) -> bool {
    let mut version = command(program);
    run_as.apply(&mut version);
    version.arg("--version").stdout(Stdio::null());
    version.status().is_ok_and(|status| status.success())
}
