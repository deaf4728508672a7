//! Filters of users: the part of AIP-160 that a directory needs.

mod error;
mod evaluate;
mod parse;
mod print;
mod restriction;
mod token;

#[cfg(test)]
mod tests;

pub use error::{FilterError, FilterProblem};

use crate::{ProductId, ProductKey, UsageLocation, UserState};

/// Maximum length of a filter, in characters: more than a person or a web page normally writes.
pub const FILTER_LENGTH_MAX: usize = 4096;

/// Maximum number of comparisons in one filter: each becomes a condition of one SQL statement.
pub const FILTER_TERMS_MAX: usize = 64;

/// Maximum nesting of parentheses: it bounds the recursion of the parser and the depth of the SQL.
pub const FILTER_DEPTH_MAX: usize = 16;

/// A condition on users.
///
/// A filter parsed from text refers to products by [`ProductId`];
/// [`try_map_products`](Self::try_map_products) resolves them. The logic is two-valued: a missing
/// value is just not equal, so a user without a usage location satisfies `usage_location != "US"`.
///
/// No filter, `None`, means every user.
///
/// # Grammar
/// * Fields: `display_name`, `sign_in_name`, `department`, `job_title`, `usage_location` and
///   `state` with `=` and `!=`; `licenses` with `:` and a product's resource name, or `*` for
///   any product.
/// * A `*` at the end of a text field's value matches any rest; it is not allowed elsewhere. Texts
///   are compared case-insensitively for ASCII letters, see [`fold_case`].
/// * `AND`, `OR`, `NOT` in upper case, `-` for `NOT`, parentheses. Terms without an operator
///   between them are joined by AND. As in AIP-160, **OR binds tighter than AND**.
/// * Values are quoted with `"` or `'`, where `\` escapes `\`, `*` and the quotes. They may be bare
///   if they contain no white space, quote, parenthesis, comma, backslash or operator.
///
/// # Canonical form
/// The parser, [`all_of`](Self::all_of), [`any_of`](Self::any_of) and [`negate`](Self::negate)
/// build canonical filters: a conjunction or disjunction has at least two members and none of its
/// own kind, no filter is negated twice, and texts are folded. `Display` prints them so that equal
/// filters have equal texts, and parsing returns the same filter. The text may be slightly longer
/// than [`FILTER_LENGTH_MAX`], because quotes and spaces are added.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserFilter<P = ProductKey> {
    /// All members match.
    And(Vec<Self>),
    /// At least one member matches.
    Or(Vec<Self>),
    /// The member does not match.
    Not(Box<Self>),
    /// A text field of the user matches.
    Text {
        /// The text field.
        field: UserTextField,
        /// The value that it is compared with.
        matcher: TextMatch,
    },
    /// The usage location equals this one; `None` means unknown.
    Location(Option<UsageLocation>),
    /// The user is in this state.
    State(UserState),
    /// The user holds this product.
    Holds(P),
    /// The user holds at least one product.
    HoldsAny,
}

/// Text fields of a user that filters support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserTextField {
    /// `display_name`
    DisplayName,
    /// `sign_in_name`
    SignInName,
    /// `department`
    Department,
    /// `job_title`
    JobTitle,
}

/// The value that a folded text is compared with. It is itself folded and literal: `*`, `%` and `_`
/// have no special meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextMatch {
    /// The text equals the value.
    Equals(String),
    /// The text begins with the value; an empty value matches any text.
    Prefix(String),
}

/// Converts a text to the form used in filters and orders: ASCII letters in lower case, all other
/// characters unchanged.
///
/// Both databases support exactly this, by `lower()` over ASCII: "Ä" and "ä" stay different.
#[must_use]
pub fn fold_case(text: &str) -> String {
    text.to_ascii_lowercase()
}

impl UserTextField {
    /// All fields, in the order of their declaration.
    pub const ALL: [Self; 4] = [
        Self::DisplayName,
        Self::SignInName,
        Self::Department,
        Self::JobTitle,
    ];

    /// The field's name in a filter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DisplayName => "display_name",
            Self::SignInName => "sign_in_name",
            Self::Department => "department",
            Self::JobTitle => "job_title",
        }
    }
}

impl UserFilter<ProductId> {
    /// Parses a filter; `None` if the text is blank.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        parse::parse(text)
    }
}

impl<P> UserFilter<P> {
    /// The conjunction of `members`; `None` if there are none.
    #[must_use]
    pub fn all_of(members: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut flat = Vec::new();
        for member in members {
            if let Self::And(inner) = member {
                flat.extend(inner);
            } else {
                flat.push(member);
            }
        }
        if flat.len() > 1 {
            return Some(Self::And(flat));
        }
        flat.pop()
    }

    /// The disjunction of `members`; `None` if there are none.
    #[must_use]
    pub fn any_of(members: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut flat = Vec::new();
        for member in members {
            if let Self::Or(inner) = member {
                flat.extend(inner);
            } else {
                flat.push(member);
            }
        }
        if flat.len() > 1 {
            return Some(Self::Or(flat));
        }
        flat.pop()
    }

    /// The negation of the filter.
    #[must_use]
    pub fn negate(self) -> Self {
        if let Self::Not(inner) = self {
            *inner
        } else {
            Self::Not(Box::new(self))
        }
    }

    /// The same filter with each product converted by `lookup`; returns its first error.
    pub fn try_map_products<Q, E>(
        self,
        lookup: &mut impl FnMut(P) -> Result<Q, E>,
    ) -> Result<UserFilter<Q>, E> {
        let mut each = |members: Vec<Self>| {
            members
                .into_iter()
                .map(|member| member.try_map_products(lookup))
                .collect::<Result<Vec<_>, E>>()
        };
        Ok(match self {
            Self::And(members) => UserFilter::And(each(members)?),
            Self::Or(members) => UserFilter::Or(each(members)?),
            Self::Not(inner) => UserFilter::Not(Box::new(inner.try_map_products(lookup)?)),
            Self::Text { field, matcher } => UserFilter::Text { field, matcher },
            Self::Location(location) => UserFilter::Location(location),
            Self::State(state) => UserFilter::State(state),
            Self::Holds(product) => UserFilter::Holds(lookup(product)?),
            Self::HoldsAny => UserFilter::HoldsAny,
        })
    }
}
