//! Results of a batch. A batch has up to a million, so results are encoded directly into the bytes
//! of their message. The parts that several users have in common are encoded once and copied for
//! each user.

use bytes::{Buf, BufMut};
use prost::encoding::{
    DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, message, skip_field,
};
use prost::{DecodeError, Message};

use crate::v1::{License, LicenseResult, UserResult};

/// `seatkeeper.v1.BatchResults`: results of users, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchResults {
    /// Results, one for each user.
    pub results: Vec<UserResult>,
    /// Further results that are encoded already; sent after `results`. A decoded message has none.
    pub encoded: EncodedResults,
}

/// Results of a message in their encoding on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EncodedResults(Vec<u8>);

/// The parts that the results of several users have in common, encoded once.
#[derive(Debug)]
pub struct SharedResult {
    license_results: Vec<u8>,
    licenses: Vec<SharedLicense>,
}

/// A license without its holder.
#[derive(Debug)]
struct SharedLicense {
    /// The part of the license's name after the user's name.
    suffix: String,
    /// All fields except the name, encoded.
    rest: Vec<u8>,
}

/// The only field of `BatchResults`.
const RESULTS: u32 = 1;

/// The fields of `UserResult`.
mod field {
    pub(super) const SEQUENCE_NUMBER: u32 = 1;
    pub(super) const USER: u32 = 2;
    pub(super) const REQUEST_INDEX: u32 = 3;
    pub(super) const LICENSE_RESULTS: u32 = 4;
    pub(super) const LICENSES: u32 = 5;
    /// A field of `License`.
    pub(super) const LICENSE_NAME: u32 = 1;
}

/// The most bytes that are allocated for a message before its results are encoded.
const CAPACITY_MAX: usize = 4 * 1024 * 1024;

/// The bytes of a field's key: 1, because all fields here have numbers below 16.
const KEY_LENGTH: usize = 1;

impl SharedResult {
    /// Encodes the result of each product, and the licenses that a user holds after the change. The
    /// text with each license is the part of its name after the user's name; the license's own name
    /// is ignored.
    #[must_use]
    pub fn new(license_results: &[LicenseResult], licenses: Vec<(String, License)>) -> Self {
        let mut encoded = Vec::new();
        message::encode_repeated(field::LICENSE_RESULTS, license_results, &mut encoded);
        let licenses = licenses.into_iter().map(|(suffix, license)| SharedLicense {
            suffix,
            rest: License {
                name: String::new(),
                ..license
            }
            .encode_to_vec(),
        });
        Self {
            license_results: encoded,
            licenses: licenses.collect(),
        }
    }
}

impl SharedResult {
    /// The most bytes of a result with these parts, for a user whose name has `user` bytes.
    #[must_use]
    pub fn encoded_len_max(&self, user: usize) -> usize {
        let licenses = self.licenses.iter();
        // 16 and 40 bytes cover keys, lengths and numbers, which have at most ten bytes.
        let licenses = licenses.map(|it| it.suffix.len() + it.rest.len() + user + 16);
        self.license_results.len() + licenses.sum::<usize>() + user + 40
    }
}

impl SharedLicense {
    fn encoded_len(&self, user: &str) -> usize {
        field_len(user.len() + self.suffix.len()) + self.rest.len()
    }

    fn encode(&self, user: &str, to: &mut Vec<u8>) {
        put_key(field::LICENSES, self.encoded_len(user), to);
        put_key(field::LICENSE_NAME, user.len() + self.suffix.len(), to);
        to.extend_from_slice(user.as_bytes());
        to.extend_from_slice(self.suffix.as_bytes());
        to.extend_from_slice(&self.rest);
    }
}

impl EncodedResults {
    /// Allocates memory for this number of results with the parts in `shared`.
    #[must_use]
    pub fn with_capacity(results: usize, shared: &SharedResult) -> Self {
        // 128 bytes for a sequence number, an index and a name of the usual length.
        let each = shared.license_results.len() + 128;
        Self(Vec::with_capacity(
            results.saturating_mul(each).min(CAPACITY_MAX),
        ))
    }

    /// The number of bytes of the results so far.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.0.len()
    }

    /// Appends the result of a user. `user` is the user's resource name.
    pub fn push(
        &mut self,
        sequence_number: i64,
        user: &str,
        request_index: Option<i64>,
        shared: &SharedResult,
    ) {
        let licenses = shared.licenses.iter();
        let licenses_len: usize = licenses
            .clone()
            .map(|license| field_len(license.encoded_len(user)))
            .sum();
        let length = KEY_LENGTH
            + encoded_len_varint(sequence_number.cast_unsigned())
            + field_len(user.len())
            + request_index.map_or(0, |index| {
                KEY_LENGTH + encoded_len_varint(index.cast_unsigned())
            })
            + shared.license_results.len()
            + licenses_len;
        let to = &mut self.0;
        put_key(RESULTS, length, to);
        encode_key(field::SEQUENCE_NUMBER, WireType::Varint, to);
        encode_varint(sequence_number.cast_unsigned(), to);
        put_key(field::USER, user.len(), to);
        to.extend_from_slice(user.as_bytes());
        if let Some(index) = request_index {
            encode_key(field::REQUEST_INDEX, WireType::Varint, to);
            encode_varint(index.cast_unsigned(), to);
        }
        to.extend_from_slice(&shared.license_results);
        for license in licenses {
            license.encode(user, to);
        }
    }
}

/// The number of bytes of a field with contents of this length, in bytes.
fn field_len(contents: usize) -> usize {
    KEY_LENGTH + encoded_len_varint(contents as u64) + contents
}

/// Writes the key and the length of a field whose contents follow.
fn put_key(field: u32, contents: usize, to: &mut Vec<u8>) {
    encode_key(field, WireType::LengthDelimited, to);
    encode_varint(contents as u64, to);
}

impl Message for BatchResults {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        message::encode_repeated(RESULTS, &self.results, buf);
        buf.put_slice(&self.encoded.0);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        if tag == RESULTS {
            message::merge_repeated(wire_type, &mut self.results, buf, ctx)
        } else {
            skip_field(wire_type, tag, buf, ctx)
        }
    }

    fn encoded_len(&self) -> usize {
        message::encoded_len_repeated(RESULTS, &self.results) + self.encoded.0.len()
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests;
