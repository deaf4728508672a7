//! Page tokens: where a list goes on. Opaque to callers, versioned, authenticated, and bound to the
//! list they were made for, so that a token can't be carried over to another query.
//!
//! A token is the version, the number of a key, a MAC under it, and what the MAC covers: the digest
//! of the query and the cursor in its list. The keys are in the database, so that every server of it
//! accepts the tokens of every other one, also after a restart. Any other token is refused before
//! its cursor is decoded.

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

/// Bytes of the digest that binds a token: enough to tell queries apart. The MAC covers it.
const DIGEST_BYTES: usize = 8;

/// A cursor in a list, as a token carries it.
pub(crate) trait Cursor: Message + Default {
    /// Whether lists have such places. A token of an earlier version may carry another one.
    fn is_valid(&self) -> bool {
        true
    }
}

/// What a token is bound to: a method, and every parameter but the page's own size.
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

    /// The token for a cursor in the list.
    pub(crate) fn token(&self, cursor: &impl Cursor) -> String {
        let mut content = self.digest.to_vec();
        content.extend(cursor.encode_to_vec());
        text::encode(&self.keys.seal(&content))
    }

    /// The cursor a token stands for; `None` for an empty token, which means the first page.
    ///
    /// # Errors
    /// Says whether the text is no token at all or belongs to another query.
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
        "is no page token of this service, or an old one; leave it empty to start at the first page",
    )
}

fn mismatch() -> FieldError {
    FieldError::new(
        "page_token",
        ErrorReason::PageTokenMismatch,
        "belongs to a request with other parameters; repeat those, or leave it empty to start at \
         the first page",
    )
}

#[cfg(test)]
mod tests;
