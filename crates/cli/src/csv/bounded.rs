//! An input that fails when a CSV record is longer than allowed, before the record fills the
//! memory: the CSV parser itself has no limit.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits::RECORD_BYTES_MAX;

/// Bytes allowed beyond a record of the maximum length: quotes and delimiters of its fields, and
/// the end of its line.
const SLACK_BYTES: u64 = RECORD_BYTES_MAX as u64;

/// Byte offset up to which the input may be read; the reader of records advances it.
#[derive(Debug, Clone)]
pub(super) struct End(Arc<AtomicU64>);

/// An input that can be read up to an [`End`].
pub(super) struct Bounded<R> {
    input: R,
    read: u64,
    end: End,
}

/// A record exceeds the maximum length.
#[derive(Debug, thiserror::Error)]
#[error("the record is too long")]
struct TooLong;

impl<R: Read> Bounded<R> {
    pub(super) fn new(input: R) -> (Self, End) {
        let end = End(Arc::default());
        end.allow_record_at(0);
        let bounded = Self {
            input,
            read: 0,
            end: end.clone(),
        };
        (bounded, end)
    }
}

impl End {
    /// Allows reading the record that begins at this byte, and nothing after it.
    pub(super) fn allow_record_at(&self, byte: u64) {
        let end = byte.saturating_add(RECORD_BYTES_MAX as u64 + SLACK_BYTES);
        self.0.store(end, Ordering::Relaxed);
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.0.load(Ordering::Relaxed).saturating_sub(self.read);
        if left == 0 {
            return Err(io::Error::other(TooLong));
        }
        let length = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.input.read(&mut buffer[..length])?;
        self.read = self.read.saturating_add(read as u64);
        Ok(read)
    }
}

/// Whether a parser error was caused by the limit of [`Bounded`].
pub(super) fn is_too_long(error: &csv::Error) -> bool {
    let csv::ErrorKind::Io(error) = error.kind() else {
        return false;
    };
    matches!(error.get_ref(), Some(inner) if inner.is::<TooLong>())
}
