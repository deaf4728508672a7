use std::fs;
use std::path::{Path, PathBuf};

use super::harness::Harness;
use crate::{Failure, workspace};

const DIRECTORY: &str = "tests/mutants";
/// Begins a line that names a harness.
const CAUGHT_BY: &str = "Caught by: ";

/// A bug as a unified diff. The text before the diff says what it breaks and which tests must catch
/// it.
#[derive(Debug)]
pub(super) struct Patch {
    pub(super) name: String,
    pub(super) path: PathBuf,
    harnesses: Vec<Harness>,
}

impl Patch {
    /// All patches, by name.
    pub(super) fn all() -> Result<Vec<Self>, Failure> {
        let directory = workspace::root().join(DIRECTORY);
        let unreadable = |source| Failure::file("read", &directory, source);
        let mut paths = fs::read_dir(&directory)
            .map_err(unreadable)?
            .map(|entry| Ok(entry.map_err(unreadable)?.path()))
            .collect::<Result<Vec<_>, Failure>>()?;
        paths.sort();
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Result<Self, Failure> {
        let text = fs::read_to_string(&path);
        let text = text.map_err(|source| Failure::file("read", &path, source))?;
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: PathBuf, text: &str) -> Result<Self, Failure> {
        let harnesses = text
            .lines()
            .take_while(|line| !line.starts_with("--- "))
            .filter_map(|line| line.strip_prefix(CAUGHT_BY))
            .map(|line| Harness::parse(line).ok_or_else(|| line.to_owned()))
            .collect::<Result<Vec<_>, String>>();
        let mut mutant = Self {
            name: name(&path),
            path,
            harnesses: Vec::new(),
        };
        mutant.harnesses = harnesses.map_err(|line| mutant.wrong(&format!("has `{line}`")))?;
        if mutant.harnesses.is_empty() {
            return Err(mutant.wrong(&format!("has no line `{CAUGHT_BY}…`")));
        }
        Ok(mutant)
    }

    /// The tests that must catch the mutant, at least one.
    pub(super) fn harnesses(&self) -> &[Harness] {
        &self.harnesses
    }

    /// The failure that this mutant is `what`.
    pub(super) fn wrong(&self, what: &str) -> Failure {
        Failure::Mutant {
            name: self.name.clone(),
            what: what.to_owned(),
        }
    }
}

fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}
