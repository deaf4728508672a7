//! The only module that writes to the standard output: lines and tables for people, or one JSON
//! object per line for programs.
//!
//! Writing never fails for the caller. If the reader has closed the pipe, as `head` does, the
//! output is discarded; the command still runs to its end and returns its real exit status. Any
//! other failure is returned once, by [`Output::finish`].

mod bar;
mod json;
mod safe;
mod style;
mod table;

use std::fmt;
use std::io::{self, IsTerminal as _, Write};

use serde_json::Value;

pub(crate) use bar::{Bar, BarKind};
pub(crate) use json::{batch_json, message_json, sparse_json};
pub(crate) use safe::one_line;
pub(crate) use style::{ResultSymbol, heading, strong};
pub(crate) use table::{count, number_of, table};

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// Tables and lines for people.
    #[default]
    Table,
    /// One JSON object per line, with field names as in the API.
    Json,
}

/// The destination of a command's output.
pub(crate) struct Output {
    format: Format,
    writer: Box<dyn Write + Send>,
    /// Whether the output is a terminal.
    is_terminal: bool,
    state: State,
}

/// Whether the output accepts more data.
enum State {
    Open,
    /// The reader has closed the pipe.
    Left,
    Failed(io::Error),
}

impl Output {
    /// An output to the standard output.
    pub(crate) fn standard(format: Format) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        Self {
            is_terminal,
            ..Self::to(format, Box::new(io::BufWriter::new(stdout)))
        }
    }

    /// An output to any writer.
    pub(crate) fn to(format: Format, writer: Box<dyn Write + Send>) -> Self {
        Self {
            format,
            writer,
            is_terminal: false,
            state: State::Open,
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether the reader has closed the pipe or a write has failed.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.state, State::Open)
    }

    /// Writes one or more lines for people; omitted in JSON. Control characters are escaped.
    pub(crate) fn print(&mut self, line: impl fmt::Display) {
        if !self.is_json() {
            let line = safe::lines(&line.to_string());
            self.write(format_args!("{line}\n"));
        }
    }

    /// Writes one JSON object on a line.
    pub(crate) fn object(&mut self, object: &Value) {
        let object = safe::json(object);
        self.write(format_args!("{object}\n"));
    }

    /// Writes text in any format: unchanged to a file or pipe, with control characters escaped to a
    /// terminal.
    pub(crate) fn raw(&mut self, text: &[u8]) {
        let done = if self.is_terminal {
            let safe = safe::lines(&String::from_utf8_lossy(text));
            self.writer.write_all(safe.as_bytes())
        } else {
            self.writer.write_all(text)
        };
        self.note(done);
    }

    /// Flushes the buffered output.
    pub(crate) fn flush(&mut self) {
        let done = self.writer.flush();
        self.note(done);
    }

    /// Flushes the rest and returns the first write error.
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

/// Writes a line for people to the standard error, in every output format. Control characters are
/// escaped.
pub(crate) fn eprint_line(line: impl fmt::Display) {
    let line = safe::lines(&line.to_string());
    // If the standard error is closed, the error can't be reported anywhere.
    let _gone = writeln!(io::stderr(), "{line}");
}

/// Writes a JSON object to the standard error.
pub(crate) fn eprint_object(object: &Value) {
    eprint_line(safe::json(object));
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
        out.print("hello");
        assert!(out.is_closed());
        assert!(out.finish().is_ok());
    }

    #[test]
    fn a_full_disk_is_reported_at_the_end() {
        let mut out = Output::to(Format::Table, Box::new(Failing(io::ErrorKind::StorageFull)));
        out.print("hello");
        let error = out.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    /// What `write` produces on a terminal, or on another kind of output.
    fn written(format: Format, is_terminal: bool, write: impl FnOnce(&mut Output)) -> String {
        let (reader, writer) = io::pipe().unwrap();
        let mut out = Output {
            is_terminal,
            ..Output::to(format, Box::new(writer))
        };
        write(&mut out);
        drop(out);
        io::read_to_string(reader).unwrap()
    }

    const HOSTILE: &str = "ann\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}";

    #[test]
    fn a_line_with_a_hostile_name_controls_no_terminal() {
        let line = written(Format::Table, true, |out| out.print(heading(HOSTILE)));
        assert!(
            line.contains("ann\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}"),
            "{line:?}"
        );
    }

    #[test]
    fn an_object_with_a_hostile_name_is_the_same_object() {
        let object = serde_json::json!({ "name": HOSTILE });
        let line = written(Format::Json, true, |out| out.object(&object));
        assert!(
            line.trim_end()
                .chars()
                .all(|found| (' '..='~').contains(&found)),
            "{line:?}"
        );
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), object);
    }

    #[test]
    fn a_file_is_written_as_it_is_and_a_terminal_is_spared() {
        let file = written(Format::Table, false, |out| out.raw(HOSTILE.as_bytes()));
        assert_eq!(file, HOSTILE);
        let terminal = written(Format::Table, true, |out| out.raw(HOSTILE.as_bytes()));
        assert_eq!(terminal, safe::lines(HOSTILE));
    }
}
