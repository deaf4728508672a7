//! Authenticates page tokens with a MAC, under a key that the servers of one database share.

use hmac::{Hmac, KeyInit as _, Mac as _};
use seatkeeper_engine::{Engine, TokenKey, TokenKeys};
use sha2::Sha256;

use super::text;
use crate::error::ServerResult;

/// The version of the token format: the first byte of a token.
const VERSION: u8 = 2;

/// Bytes of the key number.
const KEY_ID_BYTES: usize = 8;

/// Bytes of the MAC: HMAC-SHA-256, truncated. A forged token is valid with a chance of 1 in 2^128.
const MAC_BYTES: usize = 16;

/// The prefix of the content in a MAC, so that another use of the same key makes no valid token.
const PURPOSE: &[u8] = b"seatkeeper page token";

/// The keys that make and check the page tokens of one request.
#[derive(Debug, Clone)]
pub(crate) struct PageKeys(TokenKeys);

impl PageKeys {
    /// The keys for a request with this token. The token may be empty or invalid.
    pub(crate) async fn of(engine: &Engine, token: &str) -> ServerResult<Self> {
        let bytes = text::decode(token);
        let named = bytes.as_deref().and_then(Sealed::parse);
        let keys = engine.token_keys(named.map(|sealed| sealed.key)).await?;
        Ok(Self(keys))
    }

    /// Makes the bytes of a token with `content`.
    pub(super) fn seal(&self, content: &[u8]) -> Vec<u8> {
        let key = self.0.newest();
        let mac = mac(key, content).finalize().into_bytes();
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&key.id.to_be_bytes());
        bytes.extend_from_slice(&mac[..MAC_BYTES]);
        bytes.extend_from_slice(content);
        bytes
    }

    /// The content of a token; `None` unless a server of this database made the token, under a key
    /// that is still valid.
    pub(super) fn open<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let Sealed { key, mac, content } = Sealed::parse(bytes)?;
        let expected = self::mac(self.0.get(key)?, content);
        // The comparison takes constant time, so that the time does not reveal how much of a MAC is
        // right.
        expected.verify_truncated_left(mac).ok()?;
        Some(content)
    }
}

fn mac(key: &TokenKey, content: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.secret).expect("HMAC takes any key");
    mac.update(PURPOSE);
    mac.update(&[VERSION]);
    mac.update(&key.id.to_be_bytes());
    mac.update(content);
    mac
}

/// The parts of a token, not yet checked.
struct Sealed<'a> {
    key: i64,
    mac: &'a [u8],
    content: &'a [u8],
}

impl<'a> Sealed<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (key, rest) = rest.split_first_chunk::<KEY_ID_BYTES>()?;
        let (mac, content) = rest.split_at_checked(MAC_BYTES)?;
        (*version == VERSION).then_some(Self {
            key: i64::from_be_bytes(*key),
            mac,
            content,
        })
    }
}
