use std::fmt::{self, Write as _};

/// The trace of a run, kept as a hash: two runs were equal if their hashes are. With `aloud`, each
/// line is also printed.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: u64,
    aloud: bool,
}

impl Trace {
    pub(crate) fn new(aloud: bool) -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: 0,
            aloud,
        }
    }

    pub(crate) fn line(&mut self, millis: u128, what: fmt::Arguments<'_>) {
        if self.aloud {
            eprintln!("{millis:>8} ms  {what}");
        }
        self.lines += 1;
        writeln!(self, "{millis} {what}").expect("hashing does not fail");
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }
}

impl fmt::Write for Trace {
    /// FNV-1a.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
