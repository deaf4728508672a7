use prost::Message;

use super::Malformed;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// The fastest level: payloads are written on the way to an answer.
const LEVEL: i32 = 1;

/// Smaller payloads are left as they are: compressing them gains little.
const COMPRESSED_BYTES_MIN: usize = 256;

/// The largest message read back, in bytes: far above what a chunk or a catalog makes, and low
/// enough that damaged bytes can't exhaust the memory.
const MESSAGE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Writes a message, compressed where that makes it smaller.
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

/// The codec's byte, the length of the message (4 bytes, little endian), the compressed message.
fn compress(message: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(message.len()).ok()?;
    let compressed = zstd::bulk::compress(message, LEVEL).ok()?;
    let mut bytes = Vec::with_capacity(compressed.len() + 5);
    bytes.push(ZSTD);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&compressed);
    Some(bytes)
}

/// Reads a message back.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, Malformed> {
    match bytes.split_first() {
        None => Err(Malformed::new("the payload is empty")),
        Some((&PLAIN, message)) => parse(message),
        Some((&ZSTD, compressed)) => parse(&decompress(compressed)?),
        Some((codec, _)) => Err(Malformed::new(format!("{codec} is no codec"))),
    }
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (length, compressed) = bytes
        .split_first_chunk::<4>()
        .ok_or_else(|| Malformed::new("the payload is cut off"))?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > MESSAGE_BYTES_MAX {
        return Err(Malformed::new("the payload claims to be too large"));
    }
    zstd::bulk::decompress(compressed, length)
        .map_err(|error| Malformed::new(format!("it does not decompress: {error}")))
}

fn parse<M: Message + Default>(message: &[u8]) -> Result<M, Malformed> {
    M::decode(message).map_err(|error| Malformed::new(error.to_string()))
}
