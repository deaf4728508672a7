use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Scratch;
use crate::process::PRELOAD;

/// A disk that a test may fill, for the programs that are started with its environment. It takes no
/// privilege and no space: a library that these load refuses what would make a file longer.
#[derive(Debug)]
pub struct Disk {
    library: PathBuf,
    directory: Scratch,
}

impl Disk {
    /// A disk with room on it.
    ///
    /// # Panics
    /// When there is no C compiler, without which nothing here builds.
    pub fn create() -> Self {
        let directory = Scratch::create();
        directory.open_to_all();
        let library = directory.path().join("full_disk.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/full_disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(source);
        let built = cc.args(["-ldl"]).output().expect("cc can be run");
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "it does not build: {said}");
        Self { library, directory }
    }

    /// What makes a program use it.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            (PRELOAD, self.libraries()),
            ("SEATKEEPER_FULL_DISK", self.flag().into()),
        ]
    }

    /// Its own library, and those that the tests themselves run with: the list is separated by
    /// colons.
    fn libraries(&self) -> OsString {
        let mut libraries = OsString::from(&self.library);
        if let Some(others) = std::env::var_os(PRELOAD) {
            libraries.push(":");
            libraries.push(others);
        }
        libraries
    }

    /// Leaves no room on it.
    ///
    /// # Panics
    /// When the machine's own disk is full.
    pub fn fill(&self) {
        fs::write(self.flag(), "").unwrap();
    }

    /// Makes room again.
    ///
    /// # Panics
    /// When it was not filled.
    pub fn free(&self) {
        fs::remove_file(self.flag()).unwrap();
    }

    fn flag(&self) -> PathBuf {
        self.directory.path().join("full")
    }
}
