use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::{User, fold_case};

/// The order of a list of users: AIP-132's `order_by` with one field.
///
/// Users with equal values are sorted in directory order, so every order is total. Descending order
/// is the exact reverse of ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UserOrder {
    /// The field to sort by.
    pub field: UserOrderField,
    /// Whether the order is descending.
    pub descending: bool,
}

/// Fields that users can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UserOrderField {
    /// The order of creation; the cheapest order, and the default for a blank `order_by`.
    #[default]
    DirectoryOrder,
    /// `display_name`: ASCII letters folded to lower case, then compared byte by byte.
    DisplayName,
    /// `sign_in_name`: compared like the display name.
    SignInName,
    /// `update_time`: when the user's own fields last changed.
    UpdateTime,
}

/// Why a text is not a valid order of users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A field that users can't be sorted by.
    #[error("can't order by {given:?}; use one of display_name, sign_in_name, update_time")]
    UnknownField {
        /// The field as it was written, cut to 64 characters.
        given: String,
    },
    /// A word other than `asc` or `desc` after the field.
    #[error("unknown direction {given:?} after {field}; use asc or desc, or nothing for asc")]
    UnknownDirection {
        /// The field before it.
        field: &'static str,
        /// The word as it was written, cut to 64 characters.
        given: String,
    },
    /// More than one field.
    #[error("orders by {given} fields, at most 1 is allowed")]
    TooManyFields {
        /// Fields given.
        given: usize,
    },
}

impl UserOrder {
    /// Parses an `order_by` text such as `display_name desc`; blank means directory order.
    pub fn parse(text: &str) -> Result<Self, OrderError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let given = text.split(',').count();
        if given > 1 {
            return Err(OrderError::TooManyFields { given });
        }
        let mut words = text.split_whitespace();
        let field = UserOrderField::parse(words.next().unwrap_or_default())?;
        let rest = words.collect::<Vec<_>>().join(" ");
        let descending = match rest.as_str() {
            "" | "asc" => false,
            "desc" => true,
            _ => {
                return Err(OrderError::UnknownDirection {
                    field: field.as_str(),
                    given: clipped(&rest),
                });
            }
        };
        Ok(Self { field, descending })
    }

    /// Compares two users of one customer in this order.
    #[must_use]
    pub fn compare(&self, a: &User, b: &User) -> Ordering {
        let by_field = match self.field {
            UserOrderField::DirectoryOrder => Ordering::Equal,
            UserOrderField::DisplayName => {
                fold_case(&a.display_name).cmp(&fold_case(&b.display_name))
            }
            UserOrderField::SignInName => {
                fold_case(&a.sign_in_name).cmp(&fold_case(&b.sign_in_name))
            }
            UserOrderField::UpdateTime => a.update_time.cmp(&b.update_time),
        };
        let ascending = by_field.then(a.key.cmp(&b.key));
        if self.descending {
            ascending.reverse()
        } else {
            ascending
        }
    }
}

impl UserOrderField {
    const NAMED: [Self; 3] = [Self::DisplayName, Self::SignInName, Self::UpdateTime];

    fn parse(text: &str) -> Result<Self, OrderError> {
        Self::NAMED
            .into_iter()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| OrderError::UnknownField {
                given: clipped(text),
            })
    }

    /// The field's name in an `order_by`; empty for directory order.
    const fn as_str(self) -> &'static str {
        match self {
            Self::DirectoryOrder => "",
            Self::DisplayName => "display_name",
            Self::SignInName => "sign_in_name",
            Self::UpdateTime => "update_time",
        }
    }
}

impl FromStr for UserOrder {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        Self::parse(text)
    }
}

/// Prints the canonical `order_by`: equal orders have equal texts.
impl fmt::Display for UserOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.descending { " desc" } else { "" };
        write!(f, "{}{direction}", self.field.as_str())
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests;
