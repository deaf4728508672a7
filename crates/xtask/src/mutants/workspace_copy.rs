use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use seatkeeper_testkit::BIN_DIR_VARIABLE;

use crate::process::{cargo, command, print_line, read, run};
use crate::{Failure, workspace};

/// Cargo writes this file into a target directory that it creates. The tests look for it.
const TAG: &str = "CACHEDIR.TAG";
/// The files of `deps` that later builds need. The programs are large and not needed.
const KEPT: [&str; 4] = ["rlib", "rmeta", "so", "d"];

/// A copy of the workspace's files under `target/mutants`, with a target directory of its own. Both
/// are kept, so that the next mutant builds only the crates that it changes.
pub(super) struct WorkspaceCopy {
    directory: PathBuf,
    postgres: PathBuf,
}

impl WorkspaceCopy {
    /// Opens the copy, or creates it with what the workspace has built so far.
    pub(super) fn open(postgres: &Path) -> Result<Self, Failure> {
        let directory = workspace::tool_path("mutants");
        create_dir(&directory)?;
        let copy = Self {
            directory: directory.canonicalize().unwrap_or(directory),
            postgres: postgres.to_owned(),
        };
        if !copy.target().exists() {
            copy.seed()?;
        }
        copy.update()?;
        Ok(copy)
    }

    /// Makes the files of the copy those of the workspace. A file that is already the same keeps
    /// its time of change, by which cargo decides what to build.
    pub(super) fn update(&self) -> Result<(), Failure> {
        let is_new = !self.tree().exists();
        let listed = read(command("git").args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let root = workspace::root();
        let names: BTreeSet<&str> = listed
            .split_terminator('\0')
            .filter(|name| root.join(name).is_file())
            .collect();
        for name in &names {
            let (from, to) = (root.join(name), self.tree().join(name));
            if !is_new && same(&from, &to) {
                continue;
            }
            copy_file(&from, &to, is_new)?;
        }
        for path in files(&self.tree())? {
            let name = path.strip_prefix(self.tree()).unwrap_or(&path);
            if !names.contains(&*name.to_string_lossy()) {
                fs::remove_file(&path).map_err(|source| Failure::file("remove", &path, source))?;
            }
        }
        Ok(())
    }

    /// Applies a patch to the copy.
    pub(super) fn apply(&self, patch: &Path) -> Result<(), Failure> {
        let mut apply = command("git");
        apply.args(["apply", "--whitespace=nowarn"]).arg(patch);
        // Else git finds the repository around the copy, and skips all paths outside of it.
        apply.env("GIT_CEILING_DIRECTORIES", &self.directory);
        run(apply.current_dir(self.tree()))
    }

    /// A cargo command in the copy.
    pub(super) fn cargo(&self, task: &str) -> Command {
        let mut cargo = cargo();
        cargo
            .current_dir(self.tree())
            .arg(task)
            .env("CARGO_TARGET_DIR", self.target())
            .env(BIN_DIR_VARIABLE, &self.postgres);
        cargo
    }

    /// The output of the last tests.
    pub(super) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    fn tree(&self) -> PathBuf {
        self.directory.join("tree")
    }

    fn target(&self) -> PathBuf {
        self.directory.join("target")
    }

    /// Copies what the workspace has built. Cargo accepts it in the copy of the workspace, because
    /// the paths in it are relative and the times are kept.
    fn seed(&self) -> Result<(), Failure> {
        let built = workspace::tool_path("debug");
        if !built.exists() {
            return Ok(());
        }
        print_line("copying what is built");
        // An interrupted copy must not look complete.
        let partial = self.directory.join("partial");
        let _ = fs::remove_dir_all(&partial);
        let tag = workspace::tool_path(TAG);
        copy_file(&tag, &partial.join(TAG), true)?;
        for part in [".fingerprint", "build", "deps"] {
            for from in files(&built.join(part))? {
                let extension = from.extension().and_then(|extension| extension.to_str());
                if part == "deps" && !extension.is_some_and(|one| KEPT.contains(&one)) {
                    continue;
                }
                let name = from.strip_prefix(&built).unwrap_or(&from);
                copy_file(&from, &partial.join("debug").join(name), true)?;
            }
        }
        fs::rename(&partial, self.target())
            .map_err(|source| Failure::file("rename", partial, source))
    }
}

/// Copies a file, and its time of change when `keeps_time`.
fn copy_file(from: &Path, to: &Path, keeps_time: bool) -> Result<(), Failure> {
    create_dir(to.parent().unwrap_or(to))?;
    let copy = || -> io::Result<()> {
        fs::copy(from, to)?;
        if keeps_time {
            let time = fs::metadata(from)?.modified()?;
            File::options().write(true).open(to)?.set_modified(time)?;
        }
        Ok(())
    };
    copy().map_err(|source| Failure::file("copy", from, source))
}

fn create_dir(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::file("create", path, source))
}

fn same(one: &Path, other: &Path) -> bool {
    let contents = (fs::read(one), fs::read(other));
    matches!(contents, (Ok(one), Ok(other)) if one == other)
}

/// All files below a directory.
fn files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |source| Failure::file("read", directory, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_type().map_err(unreadable)?.is_dir() {
            found.append(&mut files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}
