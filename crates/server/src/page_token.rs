//! Page tokens mark where a list continues. They are opaque to callers, versioned, authenticated,
//! and bound to their list, so that a caller can't use a token for another query.
//!
//! A token holds the version, a key number, a MAC under that key, and the content that the MAC
//! covers: the digest of the query and the cursor in its list. The database stores the keys, so
//! every server of the database accepts tokens of the other servers, also after a restart. A server
//! rejects any other token before it decodes the cursor.

mod cursor;
mod seal;
mod text;

pub(crate) use cursor::{
    AfterId, AfterLicense, AfterNumber, AfterPart, AfterWaitlistEntry, UserPageCursor, UserTokens,
};
pub(crate) use seal::PageKeys;

use prost::Message;
use seatkeeper_proto::v1::ErrorReason;
use sha2::{Digest as _, Sha256};

use crate::error::FieldError;

/// Bytes of the digest that binds a token: enough to keep queries apart. The MAC covers it.
const DIGEST_BYTES: usize = 8;

/// A cursor in a list, as a token encodes it.
pub(crate) trait Cursor: Message + Default {
    /// Whether the cursor can be a position in its list. A token of an earlier version may hold one
    /// that can't.
    fn is_valid(&self) -> bool {
        true
    }
}

/// The scope of a token: a method, and all its parameters except the page size.
#[derive(Debug, Clone)]
pub(crate) struct TokenScope {
    keys: PageKeys,
    digest: [u8; DIGEST_BYTES],
}

impl TokenScope {
    pub(crate) fn new(keys: &PageKeys, method: &str, parameters: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in std::iter::once(&method).chain(parameters) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut bytes = [0; DIGEST_BYTES];
        bytes.copy_from_slice(&digest.finalize()[..DIGEST_BYTES]);
        Self {
            keys: keys.clone(),
            digest: bytes,
        }
    }

    /// Encodes the token for a cursor in the list.
    pub(crate) fn token(&self, cursor: &impl Cursor) -> String {
        let mut content = self.digest.to_vec();
        content.extend(cursor.encode_to_vec());
        text::encode(&self.keys.seal(&content))
    }

    /// Decodes the cursor of a token; `None` for an empty token, which means the first page.
    ///
    /// # Errors
    /// A text that is not a token, and a token that belongs to another query, each with its own
    /// message.
    pub(crate) fn cursor<P: Cursor>(&self, token: &str) -> Result<Option<P>, FieldError> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = text::decode(token).ok_or_else(invalid)?;
        let content = self.keys.open(&bytes).ok_or_else(invalid)?;
        let (digest, cursor) = content.split_at_checked(DIGEST_BYTES).ok_or_else(invalid)?;
        if digest != self.digest {
            return Err(mismatch());
        }
        let cursor = P::decode(cursor).map_err(|_| invalid())?;
        cursor
            .is_valid()
            .then_some(Some(cursor))
            .ok_or_else(invalid)
    }
}

pub(crate) fn invalid() -> FieldError {
    FieldError::new(
        "page_token",
        ErrorReason::PageTokenInvalid,
        "is not a valid page token of this service; leave it empty to start at the first page",
    )
}

fn mismatch() -> FieldError {
    FieldError::new(
        "page_token",
        ErrorReason::PageTokenMismatch,
        "belongs to a request with other parameters; use the same ones, or leave it empty to start \
         at the first page",
    )
}

#[cfg(test)]
mod tests;
