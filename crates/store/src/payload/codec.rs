use prost::Message;

use super::Malformed;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// The fastest level: a caller waits while payloads are compressed.
const LEVEL: i32 = 1;

/// Smaller payloads are stored uncompressed: compression gains little.
const COMPRESSED_BYTES_MIN: usize = 256;

/// The largest message that is decoded, in bytes. It is far above the size of any chunk or catalog,
/// and low enough that damaged bytes can't exhaust the memory.
const MESSAGE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Encodes a message; compresses it where that makes it smaller.
pub(crate) fn encode(message: &impl Message) -> Vec<u8> {
    let mut plain = Vec::with_capacity(message.encoded_len() + 1);
    plain.push(PLAIN);
    message
        .encode(&mut plain)
        .expect("a vector grows as needed");
    if plain.len() < COMPRESSED_BYTES_MIN {
        return plain;
    }
    match compress(&plain[1..]) {
        Some(compressed) if compressed.len() < plain.len() => compressed,
        Some(_) | None => plain,
    }
}

/// Returns the codec's byte, the length of the message (4 bytes, little endian) and the compressed
/// message; `None` when the message is too long or can't be compressed.
fn compress(message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len()).ok()?;
    let compressed = zstd::bulk::compress(message, LEVEL).ok()?;
    let mut bytes = Vec::with_capacity(compressed.len() + 5);
    bytes.push(ZSTD);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&compressed);
    Some(bytes)
}

/// Decodes a message.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, Malformed> {
    match bytes.split_first() {
        None => Err(Malformed::new("the payload is empty")),
        Some((&PLAIN, message)) => parse(message),
        Some((&ZSTD, compressed)) => parse(&decompress(compressed)?),
        Some((codec, _)) => Err(Malformed::new(format!("{codec} is not a known codec"))),
    }
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (length, compressed) = bytes
        .split_first_chunk::<4>()
        .ok_or_else(|| Malformed::new("the payload is truncated"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MESSAGE_BYTES_MAX {
        return Err(Malformed::new("the payload claims to be too large"));
    }
    zstd::bulk::decompress(compressed, length)
        .map_err(|error| Malformed::new(format!("the payload can't be decompressed: {error}")))
}

fn parse<M: Message + Default>(message: &[u8]) -> Result<M, Malformed> {
    M::decode(message).map_err(|error| Malformed::new(error.to_string()))
}
