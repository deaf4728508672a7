//! The text form of page tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::limits::PAGE_TOKEN_LENGTH_MAX;

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a token; `None` for a text that can't be a token.
pub(super) fn decode(token: &str) -> Option<Vec<u8>> {
    if token.len() > PAGE_TOKEN_LENGTH_MAX {
        return None;
    }
    URL_SAFE_NO_PAD.decode(token).ok()
}
