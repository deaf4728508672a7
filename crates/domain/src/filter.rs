//! Which users are meant: the part of AIP-160 that covers a directory.

mod error;
mod evaluate;
mod limits;
mod parse;
mod print;
mod restriction;
mod token;

#[cfg(test)]
mod tests;

pub use error::{FilterError, FilterProblem};
pub use limits::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, FILTER_TERMS_MAX};

use crate::{ProductId, ProductKey, UsageLocation, UserState};

/// A condition on users.
///
/// Parsed from text it names products by [`ProductId`]; [`try_map_products`](Self::try_map_products)
/// looks them up. The logic is two-valued: what a user lacks is merely not equal, so a user
/// without a usage location satisfies `usage_location != "US"`.
///
/// The absence of a filter, `None`, means every user.
///
/// # Grammar
/// * Fields: `display_name`, `sign_in_name`, `department`, `job_title`, `usage_location` and
///   `state` with `=` and `!=`; `licenses` with `:` and a product's resource name, or `*` for
///   any product.
/// * A `*` that ends the value of a text field matches any rest; it stands nowhere else. Texts
///   compare regardless of case in ASCII letters, see [`fold_case`].
/// * `AND`, `OR`, `NOT` in upper case, `-` for `NOT`, parentheses. Terms side by side are joined
///   by AND. As AIP-160 has it, **OR binds tighter than AND**.
/// * Values are quoted with `"` or `'`, where `\` escapes `\`, `*` and the quotes, or bare where
///   they hold no white space, quote, parenthesis, comma, backslash nor operator.
///
/// # Canonical form
/// The parser yields, and [`all_of`](Self::all_of), [`any_of`](Self::any_of) and
/// [`negate`](Self::negate) build, filters whose conjunctions and disjunctions have two members or
/// more and none of their own kind, where nothing is negated twice, and whose texts are folded.
/// `Display` prints them so that equal filters have equal texts and parsing gives the filter back.
/// That text may be a little longer than [`FILTER_LENGTH_MAX`]: quotes and spaces are added.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserFilter<P = ProductKey> {
    /// Every one of these holds.
    And(Vec<Self>),
    /// At least one of these holds.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// A text of the user matches.
    Text {
        /// Which text.
        field: UserTextField,
        /// What it is compared with.
        matcher: TextMatch,
    },
    /// The usage location is this one, or is unknown.
    Location(Option<UsageLocation>),
    /// The user is in this state.
    State(UserState),
    /// The user holds this product.
    Holds(P),
    /// The user holds some product.
    HoldsAny,
}

/// The texts of a user that a filter can name.
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

/// What a folded text is compared with. The contents are themselves folded, and literal: `*`,
/// `%` and `_` stand for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextMatch {
    /// The whole text.
    Equals(String),
    /// The beginning of the text; empty for any text.
    Prefix(String),
}

/// Brings a text into the form in which filters and orders compare it: ASCII letters in lower
/// case, everything else as it is.
///
/// This is all that the databases can do alike, by `lower()` over ASCII: "Ä" and "ä" stay apart.
#[must_use]
pub fn fold_case(text: &str) -> String {
    text.to_ascii_lowercase()
}

impl UserTextField {
    /// Every field, in the order of their declaration.
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
    /// Parses a filter; `None` when the text is blank.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        parse::parse(text)
    }
}

impl<P> UserFilter<P> {
    /// The conjunction of `members`; `None` when there are none.
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

    /// The disjunction of `members`; `None` when there are none.
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

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        if let Self::Not(inner) = self {
            *inner
        } else {
            Self::Not(Box::new(self))
        }
    }

    /// The same filter with products named otherwise; the first failure of `lookup` ends it.
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
