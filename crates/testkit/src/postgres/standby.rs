use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::client::{Client, PORT, SUPERUSER};
use super::process::{command, run};
use super::{PostgresCluster, PostgresError};

/// Interval between polls of the standby's progress, and the most polls.
const POLL_PAUSE: Duration = Duration::from_millis(20);
const POLLS_MAX: usize = 3000;

impl PostgresCluster {
    /// Starts a synchronous standby: from then on, every acknowledged commit is on the standby.
    /// This server stops while it is copied, and open connections are closed.
    pub fn synchronous_standby(&self) -> Result<Self, PostgresError> {
        let (control, watchdog) = self.control.beside()?;
        self.stop()?;
        let mut cp = command(Path::new("cp"));
        cp.arg("-a").arg(self.data_dir()).arg(control.data_dir());
        run(cp)?;
        self.resume()?;
        let socket_dir = control.base().display().to_string();
        let primary = format!(
            "host={} port={PORT} user={SUPERUSER}",
            self.control.base().display()
        );
        let settings = [
            ("unix_socket_directories", socket_dir),
            ("primary_conninfo", primary),
        ];
        control.write_settings(&settings.map(|(name, value)| (name.to_owned(), value)))?;
        let signal = control.data_dir().join("standby.signal");
        fs::write(&signal, "").map_err(|source| PostgresError::file("create", signal, source))?;
        control.start()?;
        self.wait_for("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")?;
        let wait_at_commit = "ALTER SYSTEM SET synchronous_standby_names = '*'";
        self.client.query("postgres", wait_at_commit)?;
        self.client.query("postgres", "SELECT pg_reload_conf()")?;
        self.wait_for("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")?;
        let client = Client::new(control.binaries(), control.base().to_owned());
        Ok(Self::new(control, client, watchdog))
    }

    /// Makes a standby the primary, and waits until it accepts writes.
    pub fn promote(&self) -> Result<(), PostgresError> {
        self.control.promote()
    }

    /// Polls a count until it is not zero.
    fn wait_for(&self, count: &str) -> Result<(), PostgresError> {
        for _ in 0..POLLS_MAX {
            if self.client.query("postgres", count)? != "0" {
                return Ok(());
            }
            thread::sleep(POLL_PAUSE);
        }
        Err(PostgresError::NoStandby)
    }
}
