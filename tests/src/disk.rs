use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Scratch;
use crate::process::PRELOAD;

/// A disk that a test can fill, for the programs that start with its environment. A preloaded
/// library rejects every write that would make a file longer, so filling needs neither privileges
/// nor space.
#[derive(Debug)]
pub struct Disk {
    library: PathBuf,
    directory: Scratch,
}

impl Disk {
    /// A disk with free space.
    ///
    /// # Panics
    /// When there is no C compiler. Nothing in this workspace builds without a C compiler.
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
        assert!(built.status.success(), "cc failed: {said}");
        Self { library, directory }
    }

    /// The environment variables that make a program use this disk.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            (PRELOAD, self.libraries()),
            ("SEATKEEPER_FULL_DISK", self.flag().into()),
        ]
    }

    /// This disk's library and the libraries that the tests run with, separated by colons.
    fn libraries(&self) -> OsString {
        let mut libraries = OsString::from(&self.library);
        if let Some(others) = std::env::var_os(PRELOAD) {
            libraries.push(":");
            libraries.push(others);
        }
        libraries
    }

    /// Leaves no free space on the disk.
    ///
    /// # Panics
    /// When the machine's own disk is full.
    pub fn fill(&self) {
        fs::write(self.flag(), "").unwrap();
    }

    /// Frees the space again.
    ///
    /// # Panics
    /// When the disk was not filled.
    pub fn free(&self) {
        fs::remove_file(self.flag()).unwrap();
    }

    fn flag(&self) -> PathBuf {
        self.directory.path().join("full")
    }
}
