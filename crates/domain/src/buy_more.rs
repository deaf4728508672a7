use std::str::FromStr;
use std::sync::Arc;

use crate::{CustomerId, Product};

/// The maximum length of a template, in characters: the URL stays within the limits of browsers.
pub const BUY_MORE_TEMPLATE_LENGTH_MAX: usize = 1_024;

/// A URL template for buying more seats, with placeholders for the customer and the product.
///
/// `{customer}` and `{product}` are replaced by the identifiers, and `{part_number}` by the
/// product's part number. Values are percent-encoded, so placeholders are allowed in the path, the
/// query and the fragment, but not in the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyMoreTemplate {
    parts: Arc<[Part]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Customer,
    Product,
    PartNumber,
}

/// Why a text is not a valid URL template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuyMoreTemplateError {
    /// More than [`BUY_MORE_TEMPLATE_LENGTH_MAX`] characters.
    #[error("has {given} characters, at most {BUY_MORE_TEMPLATE_LENGTH_MAX} are allowed")]
    TooLong {
        /// Characters given.
        given: usize,
    },
    /// Not an absolute `http` or `https` URL, or without a host.
    #[error("must begin with https:// or http:// and a host")]
    NotAbsolute,
    /// A character that a URL can't contain.
    #[error("has {character:?} at position {position}; percent-encode it")]
    Character {
        /// The invalid character.
        character: char,
        /// Its zero-based position.
        position: usize,
    },
    /// An unpaired brace.
    #[error("has a brace at position {position} without a matching brace; percent-encode it")]
    Brace {
        /// Its zero-based position.
        position: usize,
    },
    /// An unknown placeholder.
    #[error("has {{{given}}}; known are {{customer}}, {{product}} and {{part_number}}")]
    UnknownPlaceholder {
        /// The text between the braces.
        given: String,
    },
    /// A placeholder before the path. It is rejected because an identifier must not choose the
    /// host.
    #[error("has a placeholder in the host; begin the path with / before the first one")]
    PlaceholderInHost,
}

impl BuyMoreTemplate {
    /// Parses a template such as `https://shop.example/{customer}?sku={product}`.
    pub fn parse(text: &str) -> Result<Self, BuyMoreTemplateError> {
        let given = text.chars().count();
        if given > BUY_MORE_TEMPLATE_LENGTH_MAX {
            return Err(BuyMoreTemplateError::TooLong { given });
        }
        if let Some((position, character)) = text
            .chars()
            .enumerate()
            .find(|(_, character)| !may_stand(*character))
        {
            return Err(BuyMoreTemplateError::Character {
                character,
                position,
            });
        }
        check_host(text)?;
        Ok(Self {
            parts: parts(text)?.into(),
        })
    }

    /// The URL where the customer can buy seats of the product.
    #[must_use]
    pub fn uri(&self, customer: &CustomerId, product: &Product) -> String {
        let mut uri = String::new();
        for part in &*self.parts {
            match part {
                Part::Text(text) => uri.push_str(text),
                Part::Placeholder(Placeholder::Customer) => encode(customer.as_str(), &mut uri),
                Part::Placeholder(Placeholder::Product) => encode(product.id.as_str(), &mut uri),
                Part::Placeholder(Placeholder::PartNumber) => {
                    encode(&product.part_number, &mut uri);
                }
            }
        }
        uri
    }
}

impl FromStr for BuyMoreTemplate {
    type Err = BuyMoreTemplateError;

    fn from_str(text: &str) -> Result<Self, BuyMoreTemplateError> {
        Self::parse(text)
    }
}

/// Whether a template may contain the character: the characters of a URL, and braces.
fn may_stand(character: char) -> bool {
    character.is_ascii_graphic() && !"\"<>\\^`|".contains(character)
}

fn check_host(text: &str) -> Result<(), BuyMoreTemplateError> {
    let rest = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .ok_or(BuyMoreTemplateError::NotAbsolute)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() {
        return Err(BuyMoreTemplateError::NotAbsolute);
    }
    if host.contains(['{', '}']) {
        return Err(BuyMoreTemplateError::PlaceholderInHost);
    }
    Ok(())
}

/// Splits a template of ASCII characters at its placeholders.
fn parts(text: &str) -> Result<Vec<Part>, BuyMoreTemplateError> {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(position) = text[from..].find(['{', '}']).map(|offset| from + offset) {
        let lonely = BuyMoreTemplateError::Brace { position };
        let inside = text[position..].strip_prefix('{').ok_or(lonely.clone())?;
        let end = inside.find(['{', '}']).ok_or(lonely.clone())?;
        if !inside[end..].starts_with('}') {
            return Err(lonely);
        }
        parts.push(Part::Text(text[from..position].to_owned()));
        parts.push(Part::Placeholder(placeholder(&inside[..end])?));
        from = position + end + 2;
    }
    parts.push(Part::Text(text[from..].to_owned()));
    Ok(parts)
}

fn placeholder(name: &str) -> Result<Placeholder, BuyMoreTemplateError> {
    match name {
        "customer" => Ok(Placeholder::Customer),
        "product" => Ok(Placeholder::Product),
        "part_number" => Ok(Placeholder::PartNumber),
        _ => Err(BuyMoreTemplateError::UnknownPlaceholder {
            given: name.to_owned(),
        }),
    }
}

/// Appends a text, with every character percent-encoded that has a meaning in any part of a URL.
fn encode(text: &str, into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(DIGITS[usize::from(byte >> 4)]));
            into.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests;
