//! Encodings of gRPC messages, well formed or not.

use bytes::{BufMut as _, Bytes, BytesMut};
use prost::Message;

/// Length of the prefix of a message: a flag for compression, and the length.
pub(crate) const PREFIX_BYTES: usize = 5;

/// Encodes a message with its prefix.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    prefixed(false, &message.encode_to_vec())
}

/// Adds the prefix to arbitrary bytes instead of a message.
pub(crate) fn prefixed(compressed: bool, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(PREFIX_BYTES + payload.len());
    bytes.put_slice(&prefix(compressed, payload.len()));
    bytes.put_slice(payload);
    bytes.freeze()
}

/// The prefix of a message of this length.
pub(crate) fn prefix(compressed: bool, length: usize) -> [u8; PREFIX_BYTES] {
    let mut bytes = [u8::from(compressed), 0, 0, 0, 0];
    bytes[1..].copy_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
    bytes
}

/// Compresses a message with zstd, and adds the prefix.
pub(crate) fn compressed(payload: &[u8]) -> Bytes {
    prefixed(true, &zstd::encode_all(payload, 1).unwrap())
}

/// Encodes a field whose content is a message or a text.
pub(crate) fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 10);
    put_varint(&mut bytes, u64::from(number << 3 | 2));
    put_varint(&mut bytes, content.len() as u64);
    bytes.extend_from_slice(content);
    bytes
}

/// Encodes a repeated field of `length` bytes, full of empty elements of two bytes each. The field
/// is nested in the `outer` fields, outermost first.
pub(crate) fn dense(outer: &[u32], number: u32, length: usize) -> Vec<u8> {
    let mut element = Vec::new();
    put_varint(&mut element, u64::from(number << 3 | 2));
    element.push(0);
    let mut content = element.repeat(length / element.len());
    for number in outer.iter().rev() {
        content = field(*number, &content);
    }
    content
}

/// Appends a number in the variable-length encoding of Protocol Buffers.
pub(crate) fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
}
