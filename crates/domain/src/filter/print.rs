use std::fmt;

use super::{TextMatch, UserFilter};
use crate::{ProductId, ProductName, UserState};

impl fmt::Display for UserFilter<ProductId> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(members) => print_joined(members, " AND ", f),
            Self::Or(members) => print_joined(members, " OR ", f),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                print_operand(inner, true, f)
            }
            Self::Text { field, matcher } => {
                write!(f, "{} = ", field.as_str())?;
                print_matcher(matcher, f)
            }
            Self::Location(Some(location)) => write!(f, "usage_location = \"{location}\""),
            Self::Location(None) => f.write_str("usage_location = \"\""),
            Self::State(UserState::Active) => f.write_str("state = ACTIVE"),
            Self::State(UserState::Blocked) => f.write_str("state = BLOCKED"),
            Self::Holds(product) => {
                let name = ProductName {
                    product: product.clone(),
                };
                write!(f, "licenses:\"{name}\"")
            }
            Self::HoldsAny => f.write_str("licenses:*"),
        }
    }
}

fn print_joined(
    members: &[UserFilter<ProductId>],
    operator: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            f.write_str(operator)?;
        }
        // In this grammar an OR inside an AND needs no parentheses. The output then nests no deeper
        // than the source.
        let is_and_in_or = matches!(member, UserFilter::And(_));
        print_operand(member, is_and_in_or, f)?;
    }
    Ok(())
}

fn print_operand(
    operand: &UserFilter<ProductId>,
    enclose: bool,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let is_compound = matches!(
        operand,
        UserFilter::And(_) | UserFilter::Or(_) | UserFilter::Not(_)
    );
    if enclose && is_compound {
        write!(f, "({operand})")
    } else {
        write!(f, "{operand}")
    }
}

fn print_matcher(matcher: &TextMatch, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (value, end) = match matcher {
        TextMatch::Equals(value) => (value, "\""),
        TextMatch::Prefix(value) => (value, "*\""),
    };
    f.write_str("\"")?;
    for character in value.chars() {
        if matches!(character, '"' | '\\' | '*') {
            f.write_str("\\")?;
        }
        write!(f, "{character}")?;
    }
    f.write_str(end)
}
