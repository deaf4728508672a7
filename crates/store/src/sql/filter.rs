//! Converts a [`UserFilter`] to a condition on the `users` table. Values are bound, never written
//! into the SQL text.

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition};
use seatkeeper_domain::{ProductKey, TextMatch, UserFilter, UserTextField};

use super::enum_codes;
use crate::entity::{entitlement, license, user};

pub(super) fn condition(filter: &UserFilter) -> Condition {
    match filter {
        UserFilter::And(members) => joined(Condition::all(), members),
        UserFilter::Or(members) => joined(Condition::any(), members),
        UserFilter::Not(inner) => condition(inner).not(),
        UserFilter::Text { field, matcher } => text(*field, matcher),
        UserFilter::Location(location) => {
            Condition::all().add(user::Column::UsageLocation.eq(enum_codes::location(*location)))
        }
        UserFilter::State(state) => {
            Condition::all().add(user::Column::State.eq(enum_codes::user_state(*state)))
        }
        UserFilter::Holds(product) => Condition::all().add(holds(*product)),
        UserFilter::HoldsAny => Condition::all().add(holds_any()),
    }
}

fn joined(all_or_any: Condition, members: &[UserFilter]) -> Condition {
    members
        .iter()
        .fold(all_or_any, |joined, member| joined.add(condition(member)))
}

fn text(field: UserTextField, matcher: &TextMatch) -> Condition {
    match matcher {
        TextMatch::Equals(value) => Condition::all().add(case_folded(field).eq(value.as_str())),
        TextMatch::Prefix(prefix) => {
            let from = Condition::all().add(case_folded(field).gte(prefix.as_str()));
            match successor(prefix) {
                Some(end) => from.add(case_folded(field).lt(end)),
                None => from,
            }
        }
    }
}

/// A text column in case-folded form. Columns that users are sorted by have a stored folded copy;
/// the others are folded here. `lower` folds ASCII only: by default on SQLite, through the column's
/// collation on PostgreSQL.
pub(super) fn case_folded(field: UserTextField) -> Expr {
    match field {
        UserTextField::DisplayName => Expr::col((user::Entity, "display_name_case_folded")),
        UserTextField::SignInName => Expr::col((user::Entity, "sign_in_name_case_folded")),
        UserTextField::Department => lower(user::Column::Department),
        UserTextField::JobTitle => lower(user::Column::JobTitle),
    }
}

fn lower(column: user::Column) -> Expr {
    Expr::from(Func::lower(user_column(column)))
}

/// The smallest text that is greater than every text with this prefix; `None` when there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        if let Some(next) = next_char(last) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

fn next_char(character: char) -> Option<char> {
    match character {
        '\u{d7ff}' => Some('\u{e000}'),
        _ => char::from_u32(u32::from(character) + 1),
    }
}

fn holds(product: ProductKey) -> Expr {
    let mut licenses = Query::select();
    licenses.expr(Expr::val(1)).from(license::Entity);
    licenses.and_where(license::Column::ProductKey.eq(i64::from(product.0)));
    Expr::exists(of_the_user(licenses))
}

/// Licenses are ordered by product, so this looks up each product that the customer has.
fn holds_any() -> Expr {
    let mut licenses = Query::select();
    // A cross join: SQLite keeps the tables in this order.
    licenses
        .expr(Expr::val(1))
        .from(entitlement::Entity)
        .cross_join(license::Entity)
        .cond_where(of_the_entitlement())
        .and_where(
            entitlement::Column::CustomerKey
                .into_expr()
                .eq(user_column(user::Column::CustomerKey)),
        );
    Expr::exists(of_the_user(licenses))
}

/// Joins licenses to entitlements: the same customer and product.
fn of_the_entitlement() -> Condition {
    Condition::all()
        .add(
            license::Column::CustomerKey
                .into_expr()
                .equals(entitlement::Column::CustomerKey.as_column_ref()),
        )
        .add(
            license::Column::ProductKey
                .into_expr()
                .equals(entitlement::Column::ProductKey.as_column_ref()),
        )
}

/// Restricts licenses to those of the user in the outer query.
fn of_the_user(mut licenses: SelectStatement) -> SelectStatement {
    licenses
        .and_where(
            license::Column::CustomerKey
                .into_expr()
                .eq(user_column(user::Column::CustomerKey)),
        )
        .and_where(
            license::Column::UserKey
                .into_expr()
                .eq(user_column(user::Column::UserKey)),
        );
    licenses
}

fn user_column(column: user::Column) -> Expr {
    Expr::col((user::Entity, column))
}

#[cfg(test)]
mod tests;
