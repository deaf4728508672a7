use super::{TextMatch, UserFilter, UserTextField};
use crate::{ProductKey, User, fold_case};

impl UserFilter {
    /// Whether `user` matches. `holds` returns whether the user holds a product, and `holds_any`
    /// whether the user holds any product.
    pub fn matches(
        &self,
        user: &User,
        holds: impl Fn(ProductKey) -> bool,
        holds_any: bool,
    ) -> bool {
        self.matches_with(user, &holds, holds_any)
    }

    fn matches_with(
        &self,
        user: &User,
        holds: &impl Fn(ProductKey) -> bool,
        holds_any: bool,
    ) -> bool {
        let is_match = |member: &Self| member.matches_with(user, holds, holds_any);
        match self {
            Self::And(members) => members.iter().all(is_match),
            Self::Or(members) => members.iter().any(is_match),
            Self::Not(inner) => !is_match(inner),
            Self::Text { field, matcher } => matcher.matches(field.of(user)),
            Self::Location(location) => user.usage_location == *location,
            Self::State(state) => user.state == *state,
            Self::Holds(product) => holds(*product),
            Self::HoldsAny => holds_any,
        }
    }
}

impl UserTextField {
    /// The value of the field for `user`.
    #[must_use]
    pub fn of(self, user: &User) -> &str {
        match self {
            Self::DisplayName => &user.display_name,
            Self::SignInName => &user.sign_in_name,
            Self::Department => &user.department,
            Self::JobTitle => &user.job_title,
        }
    }
}

impl TextMatch {
    /// Whether `text` matches; its case does not matter.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let folded = fold_case(text);
        match self {
            Self::Equals(value) => folded == *value,
            Self::Prefix(value) => folded.starts_with(value.as_str()),
        }
    }
}
