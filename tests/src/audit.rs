//! `seatkeeper verify` on the databases that tests leave.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::command_line::run_to_end;
use crate::{Storage, seatkeeper};

/// The storages that a server of this process has written to, by the location that a server is given.
static WRITTEN: Mutex<BTreeMap<OsString, Written>> = Mutex::new(BTreeMap::new());

/// What is known of such a storage.
#[derive(Debug, Clone, Copy)]
struct Written {
    /// The program that wrote to it last.
    program: &'static Path,
    /// Whether it is to be verified when it is dropped.
    is_due: bool,
    /// Whether the test damages it on purpose.
    is_damaged: bool,
}

impl Storage {
    /// Runs `seatkeeper verify` on it. It is not verified again when it is dropped, unless another
    /// server is started on it before.
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

    /// Runs `seatkeeper verify` on one customer of it, while servers run.
    ///
    /// # Panics
    /// When something of the customer is not sound.
    pub fn verify_customer(&self, customer_id: &str) {
        verify(seatkeeper(), self, &["--customer", customer_id]);
    }

    /// Says that the test damages it on purpose: it is not verified when it is dropped.
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

    /// Takes note of a server that writes to it. Where the server does so wrongly on purpose, the
    /// storage counts as damaged.
    pub(crate) fn is_written_by(&self, program: &'static Path, is_wrong: bool) {
        let mut storages = all_written();
        let before = storages.get(&self.location());
        let is_damaged = is_wrong || before.is_some_and(|before| before.is_damaged);
        let now = Written {
            program,
            is_due: true,
            is_damaged,
        };
        storages.insert(self.location(), now);
    }

    /// The directory or the URL that a server is given.
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
        // A test that has failed already says why.
        if written.is_due && !written.is_damaged && !thread::panicking() {
            verify(written.program, self, &[]);
        }
    }
}

fn all_written() -> MutexGuard<'static, BTreeMap<OsString, Written>> {
    // Another test's panic leaves it whole.
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
