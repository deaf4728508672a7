use std::fmt;
use std::str::FromStr;

/// Maximum length of an identifier, in characters.
pub const ID_LENGTH_MAX: usize = 64;

/// Why a text is not a valid identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// More than [`ID_LENGTH_MAX`] characters.
    #[error("has {given} characters, at most {ID_LENGTH_MAX} are allowed")]
    TooLong {
        /// Characters given.
        given: usize,
    },
    /// A character outside the allowed set, or a first character that is not a letter or digit.
    #[error(
        "has {character:?} at position {position}; allowed are ASCII letters and digits, and after the first character also - . _ ~ @ + ' !"
    )]
    Character {
        /// The invalid character.
        character: char,
        /// Its zero-based position.
        position: usize,
    },
}

/// Validates an identifier and converts it to its canonical form.
///
/// Directories write the same GUID in either case, so identifiers in the form of a GUID are
/// converted to lower case. All others stay unchanged and are case-sensitive.
fn canonical(text: &str) -> Result<Box<str>, IdError> {
    if is_canonical(text) {
        return Ok(text.into());
    }
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    let given = text.chars().count();
    if given > ID_LENGTH_MAX {
        return Err(IdError::TooLong { given });
    }
    for (position, character) in text.chars().enumerate() {
        let allowed =
            character.is_ascii_alphanumeric() || (position > 0 && "-._~@+'!".contains(character));
        if !allowed {
            return Err(IdError::Character {
                character,
                position,
            });
        }
    }
    if is_guid(text) {
        return Ok(text.to_ascii_lowercase().into());
    }
    Ok(text.into())
}

/// A fast check whether a text is a canonical identifier. Millions of identifiers are read, and
/// almost all pass this check; [`canonical`] handles the others.
fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return false;
    };
    let (mut all, mut any) = (ALLOWED, 0);
    for &byte in bytes {
        let class = CLASSES[usize::from(byte)];
        all &= class;
        any |= class;
    }
    let maybe_guid_in_upper_case = bytes.len() == GUID_LENGTH && any & UPPER_CASE != 0;
    bytes.len() <= ID_LENGTH_MAX
        && all == ALLOWED
        && first.is_ascii_alphanumeric()
        && !maybe_guid_in_upper_case
}

const GUID_LENGTH: usize = 36;

/// Class of each byte: whether an identifier may contain it, and whether it is an upper-case
/// letter.
static CLASSES: [u8; 256] = classes();
const ALLOWED: u8 = 1;
const UPPER_CASE: u8 = 2;

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let is_mark = matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@' | b'+' | b'\'' | b'!');
        if byte.is_ascii_alphanumeric() || is_mark {
            classes[byte as usize] = ALLOWED;
        }
        if byte.is_ascii_uppercase() {
            classes[byte as usize] |= UPPER_CASE;
        }
        byte += 1;
    }
    classes
}

fn is_guid(text: &str) -> bool {
    text.len() == GUID_LENGTH
        && text
            .bytes()
            .enumerate()
            .all(|(position, byte)| match position {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Parses an identifier of 1 to 64 characters; converts a GUID to lower case.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                canonical(text).map(Self)
            }

            /// The canonical text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

id!(
    /// The caller's identifier of a customer.
    CustomerId
);
id!(
    /// The caller's identifier of a user within its customer.
    UserId
);
id!(
    /// The catalog's identifier of a product, in the published catalogs a GUID.
    ProductId
);
id!(
    /// The catalog's identifier of a service plan, in the published catalogs a GUID.
    ServicePlanId
);
id!(
    /// The identifier of a batch within its customer.
    BatchId
);
id!(
    /// The identifier of a saved selection within its customer.
    SelectionId
);
id!(
    /// The identifier of one purchase behind an entitlement.
    PurchaseId
);
id!(
    /// A caller's idempotency key (AIP-155), unique within a customer.
    RequestId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_lower_cased() {
        let id = UserId::parse("6FD2C87F-B296-42F0-B197-1E91E994B900").unwrap();
        assert_eq!(id.as_str(), "6fd2c87f-b296-42f0-b197-1e91e994b900");
    }

    #[test]
    fn the_fast_check_accepts_only_valid_ids() {
        let marks = "-._~@+'!";
        for byte in 0..=u8::MAX {
            let character = char::from(byte);
            let within = format!("a{character}");
            let allowed = character.is_ascii_alphanumeric() || marks.contains(character);
            assert_eq!(is_canonical(&within), allowed, "{within:?}");
            let alone = character.to_string();
            let first = character.is_ascii_alphanumeric();
            assert_eq!(is_canonical(&alone), first, "{alone:?}");
        }
        assert!(is_canonical(&"a".repeat(ID_LENGTH_MAX)));
        assert!(!is_canonical(&"a".repeat(ID_LENGTH_MAX + 1)));
        assert!(!is_canonical("6FD2C87F-B296-42F0-B197-1E91E994B900"));
    }

    #[test]
    fn other_ids_keep_their_case() {
        assert_eq!(
            UserId::parse("Ann@contoso.com").unwrap().as_str(),
            "Ann@contoso.com"
        );
    }

    #[test]
    fn a_slash_is_refused_with_its_position() {
        assert_eq!(
            UserId::parse("a/b"),
            Err(IdError::Character {
                character: '/',
                position: 1
            })
        );
    }

    #[test]
    fn length_is_bounded() {
        assert!(UserId::parse(&"a".repeat(64)).is_ok());
        assert_eq!(
            UserId::parse(&"a".repeat(65)),
            Err(IdError::TooLong { given: 65 })
        );
        assert_eq!(UserId::parse(""), Err(IdError::Empty));
    }

    #[test]
    fn an_id_starts_with_a_letter_or_digit() {
        assert!(UserId::parse("-").is_err());
    }
}
