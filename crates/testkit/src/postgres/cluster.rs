use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::client::{Client, PORT};
use super::control::Control;
use super::watchdog::Watchdog;
use super::{ClusterBuilder, PostgresError, TestDatabase};

/// A running `PostgreSQL` server of the test's own. It is stopped and deleted when it is dropped or
/// when the test process ends.
#[derive(Debug)]
pub struct PostgresCluster {
    pub(super) control: Control,
    pub(super) client: Client,
    databases: AtomicU32,
    _watchdog: Watchdog,
}

impl PostgresCluster {
    /// Starts a cluster with default settings: fast, without waiting for the disk.
    pub fn start() -> Result<Self, PostgresError> {
        Self::builder().start()
    }

    /// A builder for a cluster with other settings.
    pub fn builder() -> ClusterBuilder {
        ClusterBuilder::default()
    }

    /// The shared cluster of this process, started by the first call. Tests that stop or kill the
    /// server start their own cluster.
    pub fn shared() -> Result<&'static Self, &'static PostgresError> {
        static SHARED: OnceLock<Result<PostgresCluster, PostgresError>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    pub(super) fn new(control: Control, client: Client, watchdog: Watchdog) -> Self {
        Self {
            control,
            client,
            databases: AtomicU32::new(0),
            _watchdog: watchdog,
        }
    }

    /// Creates an empty database with a unique name.
    pub fn create_database(&self) -> Result<TestDatabase, PostgresError> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed) + 1;
        TestDatabase::create(format!("test_{number}"), self.client.clone())
    }

    /// Stops the server cleanly and closes open connections.
    pub fn stop(&self) -> Result<(), PostgresError> {
        self.control.stop()
    }

    /// Kills the server as a crash would: it flushes nothing, and the next start recovers from the
    /// write-ahead log.
    pub fn kill(&self) -> Result<(), PostgresError> {
        self.control.kill()
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill`](Self::kill), and waits until
    /// it accepts connections.
    pub fn resume(&self) -> Result<(), PostgresError> {
        self.control.start()
    }

    /// Stops the server cleanly and starts it again.
    pub fn restart(&self) -> Result<(), PostgresError> {
        self.stop()?;
        self.resume()
    }

    /// The path of the Unix socket that the server listens on.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.control.base().join(format!(".s.PGSQL.{PORT}"))
    }

    /// The cluster's data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.control.data_dir()
    }

    /// The server's log file. Each start creates a new log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.control.log()
    }
}
