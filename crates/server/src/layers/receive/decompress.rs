use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::GzDecoder;

use super::message::{Encoding, HEADER_BYTES, ReceivedMessage, Receiver};
use crate::error::{ServerError, ServerResult};
use crate::limits::ZSTD_WINDOW_LOG_MAX;

/// Bytes to decompress in one step.
const STEP: usize = 16 * 1024;

/// The result of [`decompress`].
pub(super) enum Decompressed {
    /// The decompressed message, with a header for an uncompressed one.
    Whole(Bytes),
    /// The message has more bytes than allowed.
    TooLarge,
}

/// Decompresses a message of at most `bytes_max` bytes, and counts them for its caller step by
/// step.
pub(super) fn decompress(
    receiver: &Receiver,
    message: &mut ReceivedMessage,
    bytes_max: usize,
) -> ServerResult<Decompressed> {
    let frame = message.frame.clone();
    let compressed = &frame[HEADER_BYTES..];
    match receiver.encoding {
        Some(Encoding::Gzip) => read(receiver, message, GzDecoder::new(compressed), bytes_max),
        Some(Encoding::Zstd) => {
            let decoder = zstd_decoder(compressed).map_err(|_| ServerError::Malformed)?;
            read(receiver, message, decoder, bytes_max)
        }
        None => Err(ServerError::Malformed),
    }
}

fn zstd_decoder(compressed: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed)?.single_frame();
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

fn read(
    receiver: &Receiver,
    message: &mut ReceivedMessage,
    mut decoder: impl Read,
    bytes_max: usize,
) -> ServerResult<Decompressed> {
    let mut frame = vec![0; HEADER_BYTES];
    loop {
        let step = u64::try_from(STEP).unwrap_or(u64::MAX);
        let read = decoder.by_ref().take(step).read_to_end(&mut frame);
        if read.map_err(|_| ServerError::Malformed)? == 0 {
            break;
        }
        if frame.len() > HEADER_BYTES + bytes_max {
            return Ok(Decompressed::TooLarge);
        }
        let held = message.frame.len() + frame.len();
        receiver.count_received(&mut message.counted, held, usize::MAX)?;
    }
    let length = u32::try_from(frame.len() - HEADER_BYTES).unwrap_or(u32::MAX);
    frame[1..HEADER_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(Decompressed::Whole(frame.into()))
}
