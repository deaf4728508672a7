//! Lines of a text file with a maximum length, so that an endless line does not fill the memory.

use std::io::{self, BufRead, Read as _};

use crate::limits::LIST_LINE_BYTES_MAX;

/// The lines of an input, counted from 1.
pub(crate) struct Lines<R> {
    input: R,
    number: usize,
}

/// Why a line could not be read.
#[derive(Debug)]
pub(crate) enum LineError {
    /// The line has more than [`LIST_LINE_BYTES_MAX`] bytes.
    TooLong,
    /// The input failed, or the line is not UTF-8.
    Unreadable(io::Error),
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    /// The number of the last line read, or of the line that failed.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The next line without its line end; `None` at the end of the input.
    pub(crate) fn next_line(&mut self) -> Result<Option<String>, LineError> {
        const LINE_END_BYTES_MAX: usize = "\r\n".len();
        let bytes_max = LIST_LINE_BYTES_MAX + LINE_END_BYTES_MAX;
        let mut line = Vec::new();
        self.number += 1;
        let mut input = self.input.by_ref().take(bytes_max as u64);
        input
            .read_until(b'\n', &mut line)
            .map_err(LineError::Unreadable)?;
        if line.is_empty() {
            return Ok(None);
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.len() > LIST_LINE_BYTES_MAX {
            return Err(LineError::TooLong);
        }
        let text = String::from_utf8(text.to_vec());
        let text = text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        text.map(Some).map_err(LineError::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.next_line().unwrap()).collect()
    }

    #[test]
    fn lines_come_without_their_ends() {
        assert_eq!(lines(b"a\r\n\nb\nc"), ["a", "", "b", "c"]);
        assert_eq!(lines(b""), [""; 0]);
    }

    #[test]
    fn a_line_of_the_greatest_length_is_read_and_a_longer_one_is_not() {
        let longest = "x".repeat(LIST_LINE_BYTES_MAX);
        for end in ["", "\n", "\r\n"] {
            assert_eq!(lines(format!("{longest}{end}").as_bytes()), [&*longest]);
            let longer = format!("a\n{longest}x{end}");
            let mut lines = Lines::new(longer.as_bytes());
            assert!(lines.next_line().is_ok());
            assert!(matches!(lines.next_line(), Err(LineError::TooLong)));
            assert_eq!(lines.number(), 2);
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut lines = Lines::new(io::BufReader::new(io::repeat(b'x')));
        assert!(matches!(lines.next_line(), Err(LineError::TooLong)));
    }
}
