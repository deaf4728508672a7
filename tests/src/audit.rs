//! `seatkeeper verify` runs on the databases that tests leave behind.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::command_line::run_to_end;
use crate::{Storage, seatkeeper};

/// The storages written to by servers of this process. The key is the directory or URL that a
/// server gets.
static WRITTEN: Mutex<BTreeMap<OsString, Written>> = Mutex::new(BTreeMap::new());

/// What this process knows of such a storage.
#[derive(Debug, Clone, Copy)]
struct Written {
    /// The program that last wrote to the storage.
    program: &'static Path,
    /// Whether the storage is verified when it is dropped.
    is_due: bool,
    /// Whether the test damages the storage on purpose.
    is_damaged: bool,
}

impl Storage {
    /// Runs `seatkeeper verify` on the storage. Dropping the storage does not verify it again,
    /// unless another server starts on it first.
    ///
    /// # Panics
    /// When the database is not sound.
    pub fn verify(&self) {
        let written = all_written().get(&self.location()).copied();
        let program = written.map_or_else(seatkeeper, |written| written.program);
        verify(program, self, &[]);
        if let Some(written) = all_written().get_mut(&self.location()) {
            written.is_due = false;
        }
    }

    /// Runs `seatkeeper verify` on one customer of the storage, while servers run.
    ///
    /// # Panics
    /// When the customer's data is not sound.
    pub fn verify_customer(&self, customer_id: &str) {
        verify(seatkeeper(), self, &["--customer", customer_id]);
    }

    /// Marks the storage as damaged on purpose: dropping it does not verify it.
    pub fn expect_damage(&self) {
        let mut storages = all_written();
        let unwritten = || Written {
            program: seatkeeper(),
            is_due: false,
            is_damaged: false,
        };
        let storage = storages.entry(self.location()).or_insert_with(unwritten);
        storage.is_damaged = true;
    }

    /// Records a server that writes to the storage.
    pub(crate) fn is_written_by(&self, program: &'static Path) {
        let mut storages = all_written();
        let before = storages.get(&self.location());
        let is_damaged = before.is_some_and(|before| before.is_damaged);
        let now = Written {
            program,
            is_due: true,
            is_damaged,
        };
        storages.insert(self.location(), now);
    }

    /// The directory or the URL that a server gets.
    fn location(&self) -> OsString {
        let [_, location] = self.arguments();
        location
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        let Some(written) = all_written().remove(&self.location()) else {
            return;
        };
        // A test that has failed already reports its own cause.
        if written.is_due && !written.is_damaged && !thread::panicking() {
            verify(written.program, self, &[]);
        }
    }
}

fn all_written() -> MutexGuard<'static, BTreeMap<OsString, Written>> {
    // A panic of another test leaves the map consistent.
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn verify(program: &Path, storage: &Storage, options: &[&str]) {
    let words = storage.arguments().map(OsString::into_string);
    let words = words.map(|word| word.expect("paths and URLs are text"));
    let mut words = [&["verify".to_owned()], &words[..]].concat();
    words.extend(options.iter().map(|&option| option.to_owned()));
    let ended = run_to_end(program, &words);
    let (output, complaints) = (ended.output, ended.complaints);
    assert_eq!(ended.code, 0, "verify: {output}{complaints}");
}
