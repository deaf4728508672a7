//! The one place that writes to the standard output: lines and tables for people, one JSON object a
//! line for programs.
//!
//! Writing never fails for the caller. A reader that has gone away (as `head` does) is let go
//! quietly, so that a command still runs to its end and exits with the truth; any other failure is
//! told once, by [`Output::finish`].

mod bar;
mod json;
mod mark;
mod table;

use std::fmt;
use std::io::{self, Write};

use serde_json::Value;

pub(crate) use bar::{Bar, BarKind};
pub(crate) use json::{batch_json, message_json, sparse_json};
pub(crate) use mark::{Mark, heading, strong};
pub(crate) use table::{count, number_of, table};

/// For whom to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// Tables and lines for people.
    #[default]
    Table,
    /// One JSON object a line, its fields named as in the API.
    Json,
}

/// Where a command writes what it found and did.
pub(crate) struct Output {
    format: Format,
    writer: Box<dyn Write + Send>,
    state: State,
}

/// Whether more can be written.
enum State {
    Open,
    /// The reader has left.
    Left,
    Failed(io::Error),
}

impl Output {
    /// An output to the standard output.
    pub(crate) fn standard(format: Format) -> Self {
        Self::to(format, Box::new(io::BufWriter::new(io::stdout())))
    }

    /// An output to any writer.
    pub(crate) fn to(format: Format, writer: Box<dyn Write + Send>) -> Self {
        Self {
            format,
            writer,
            state: State::Open,
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.state, State::Open)
    }

    /// Writes a line for people; in JSON it is left out.
    pub(crate) fn say(&mut self, line: impl fmt::Display) {
        if !self.is_json() {
            self.write(format_args!("{line}\n"));
        }
    }

    /// Writes one JSON object.
    pub(crate) fn object(&mut self, object: &Value) {
        self.write(format_args!("{object}\n"));
    }

    /// Writes text as it is, whatever the format.
    pub(crate) fn raw(&mut self, text: &[u8]) {
        let done = self.writer.write_all(text);
        self.note(done);
    }

    /// Sends on what was written so far.
    pub(crate) fn flush(&mut self) {
        let done = self.writer.flush();
        self.note(done);
    }

    /// Sends on the rest, and tells what went wrong on the way.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush();
        match self.state {
            State::Failed(error) => Err(error),
            State::Open | State::Left => Ok(()),
        }
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        if !self.is_closed() {
            let done = self.writer.write_fmt(text);
            self.note(done);
        }
    }

    fn note(&mut self, done: io::Result<()>) {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.state = State::Left,
            Err(error) if !self.is_closed() => self.state = State::Failed(error),
            Ok(()) | Err(_) => {}
        }
    }
}

/// Writes a line for people to the standard error, whatever the format of the output.
pub(crate) fn remark(line: impl fmt::Display) {
    // When the standard error is gone there is nowhere left to say so.
    let _gone = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        let mut out = Output::to(Format::Table, Box::new(Failing(io::ErrorKind::BrokenPipe)));
        out.say("hello");
        assert!(out.is_closed());
        assert!(out.finish().is_ok());
    }

    #[test]
    fn a_full_disk_is_told_at_the_end() {
        let mut out = Output::to(Format::Table, Box::new(Failing(io::ErrorKind::StorageFull)));
        out.say("hello");
        let error = out.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
