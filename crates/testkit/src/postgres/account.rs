use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::PostgresError;

const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// The account that runs the server: `PostgreSQL` refuses to run as root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RunAs {
    /// The caller's account, which is not root.
    Caller,
    /// Another account, because the caller is root.
    Other { name: String, uid: u32, gid: u32 },
}

impl RunAs {
    /// Chooses the account for a caller that has just created `own_dir`.
    pub(super) fn choose(own_dir: &Path) -> Result<Self, PostgresError> {
        let metadata = fs::metadata(own_dir)
            .map_err(|source| PostgresError::file("inspect", own_dir, source))?;
        if metadata.uid() != 0 {
            return Ok(Self::Caller);
        }
        CANDIDATES
            .iter()
            .find_map(|name| lookup(name))
            .ok_or(PostgresError::NoUnprivilegedAccount)
    }

    pub(super) fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    pub(super) fn take_ownership(&self, path: &Path) -> Result<(), PostgresError> {
        let Self::Other { uid, gid, .. } = self else {
            return Ok(());
        };
        chown(path, Some(*uid), Some(*gid))
            .map_err(|source| PostgresError::file("change the owner of", path, source))
    }
}

fn lookup(name: &str) -> Option<RunAs> {
    Some(RunAs::Other {
        name: name.to_owned(),
        uid: id("-u", name)?,
        gid: id("-g", name)?,
    })
}

fn id(option: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([option, name]).output().ok()?;
    let number: u32 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    (output.status.success() && number != 0).then_some(number)
}
