//! Page tokens: where a list goes on. Opaque to callers, versioned, and bound to the list they
//! were made for, so that a token can't be carried over to another query.

mod place;

pub(crate) use place::{
    AfterId, AfterLicense, AfterNumber, AfterPart, AfterWaitlistEntry, UserPlace, UserTokens,
};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message;
use seatkeeper_proto::v1::ErrorReason;
use sha2::{Digest as _, Sha256};

use crate::error::FieldError;

/// The version of this format: the first byte of a token.
const VERSION: u8 = 1;

/// Bytes of the digest that binds a token: enough to tell queries apart, tokens are no secrets.
const DIGEST_BYTES: usize = 8;

/// What a token is bound to: a method, and every parameter but the page's own size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding([u8; DIGEST_BYTES]);

impl Binding {
    pub(crate) fn new(method: &str, parameters: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in std::iter::once(&method).chain(parameters) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let mut bytes = [0; DIGEST_BYTES];
        bytes.copy_from_slice(&digest.finalize()[..DIGEST_BYTES]);
        Self(bytes)
    }

    /// The token for a place in the list.
    pub(crate) fn token(&self, place: &impl Message) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.0);
        bytes.extend(place.encode_to_vec());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place a token stands for; `None` for an empty token, which means the first page.
    ///
    /// # Errors
    /// Says whether the text is no token at all or belongs to another query.
    pub(crate) fn place<P: Message + Default>(&self, token: &str) -> Result<Option<P>, FieldError> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let (version, rest) = bytes.split_first().ok_or_else(invalid)?;
        let (digest, place) = rest.split_at_checked(DIGEST_BYTES).ok_or_else(invalid)?;
        if *version != VERSION {
            return Err(invalid());
        }
        if digest != self.0 {
            return Err(mismatch());
        }
        P::decode(place).map(Some).map_err(|_| invalid())
    }
}

fn invalid() -> FieldError {
    FieldError::new(
        "page_token",
        ErrorReason::PageTokenInvalid,
        "is no page token of this server; leave it empty to start at the first page",
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
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Message)]
    struct Place {
        #[prost(string, tag = "1")]
        after: String,
    }

    fn place(after: &str) -> Place {
        Place {
            after: after.to_owned(),
        }
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        let binding = Binding::new("List", &["customers/a", ""]);
        let token = binding.token(&place("b"));
        assert_eq!(binding.place(&token), Ok(Some(place("b"))));
    }

    #[test]
    fn an_empty_token_is_the_first_page() {
        assert_eq!(Binding::new("List", &[]).place::<Place>(""), Ok(None));
    }

    #[test]
    fn a_token_of_another_query_is_told_apart_from_no_token() {
        let token = Binding::new("List", &["customers/a", "x"]).token(&place("b"));
        let others = [
            Binding::new("List", &["customers/b", "x"]),
            Binding::new("List", &["customers/ax", ""]),
            Binding::new("Other", &["customers/a", "x"]),
        ];
        for other in others {
            let error = other.place::<Place>(&token).unwrap_err();
            assert_eq!(error.reason, ErrorReason::PageTokenMismatch);
        }
        for text in ["!", "AQ", "later", "AgAAAAAAAAAA"] {
            let error = Binding::new("List", &[]).place::<Place>(text).unwrap_err();
            assert_eq!(error.reason, ErrorReason::PageTokenInvalid, "{text}");
        }
    }
}
