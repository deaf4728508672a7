//! Columns that the database aggregated into texts, one cell per line. No cell contains a line
//! break.

use seatkeeper_domain::{HoldingIndex, UsageLocation, UserState};

use crate::sql::enum_codes;
use crate::sql::holdings::Holdings;

/// The columns of `users` that the rules need; `None` without rows.
pub(super) struct UserColumns {
    pub(super) keys: Option<String>,
    pub(super) states: Option<String>,
    pub(super) usage_locations: Option<String>,
    pub(super) ids: Option<String>,
}

/// The columns of `licenses`; `None` without rows.
pub(super) struct LicenseColumns {
    pub(super) users: Option<String>,
    pub(super) products: Option<String>,
    pub(super) disabled_plans: Option<String>,
}

/// The fields of a row of `users` that the rules need.
pub(super) struct AggregatedUser<'a> {
    pub(super) key: i64,
    pub(super) state: UserState,
    pub(super) usage_location: Option<UsageLocation>,
    pub(super) id: &'a str,
}

/// The fields of a row of `licenses` that the rules need; ordered by user, then by the product's
/// text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct AggregatedLicense<'a> {
    user: i64,
    product: &'a str,
    disabled_plans: &'a str,
}

/// The cells of an aggregated column.
pub(super) fn cells(column: Option<&String>) -> impl Iterator<Item = &str> {
    column.into_iter().flat_map(|cells| cells.split('\n'))
}

/// The users, ascending by key; `None` when a cell can't be parsed.
pub(super) fn users(columns: &UserColumns) -> Option<Vec<AggregatedUser<'_>>> {
    let mut facts = Facts::default();
    let mut ids = cells(columns.ids.as_ref());
    let mut states = cells(columns.states.as_ref());
    let mut locations = cells(columns.usage_locations.as_ref());
    let mut users = cells(columns.keys.as_ref())
        .map(|key| {
            let (state, usage_location) = facts.parse(states.next()?, locations.next()?)?;
            Some(AggregatedUser {
                key: key.parse().ok()?,
                state,
                usage_location,
                id: ids.next()?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    if ids.next().is_some() {
        return None;
    }
    // A database may aggregate rows in any order.
    if !users.is_sorted_by_key(|user| user.key) {
        users.sort_unstable_by_key(|user| user.key);
    }
    Some(users)
}

/// The facts parsed last: most users have the same facts as the previous user.
#[derive(Default)]
struct Facts<'a> {
    last: Option<(&'a str, &'a str, UserState, Option<UsageLocation>)>,
}

impl<'a> Facts<'a> {
    fn parse(
        &mut self,
        state: &'a str,
        location: &'a str,
    ) -> Option<(UserState, Option<UsageLocation>)> {
        if let Some((last_state, last_location, parsed_state, parsed_location)) = self.last
            && (last_state, last_location) == (state, location)
        {
            return Some((parsed_state, parsed_location));
        }
        let parsed_state = enum_codes::parse_user_state(state.parse().ok()?)?;
        let parsed_location = enum_codes::parse_location(location)?;
        self.last = Some((state, location, parsed_state, parsed_location));
        Some((parsed_state, parsed_location))
    }
}

/// The holding of each user with licenses, ascending by key; `None` when a cell can't be parsed.
pub(super) fn holders(
    columns: &LicenseColumns,
    holdings: &mut Holdings,
) -> Option<Vec<(i64, HoldingIndex)>> {
    let licenses = licenses(columns)?;
    let mut text = String::new();
    let mut last: Option<(&[AggregatedLicense<'_>], HoldingIndex)> = None;
    licenses
        .chunk_by(|license, next| license.user == next.user)
        .map(|licenses| {
            let index = match last {
                Some((like, index)) if is_same(like, licenses) => index,
                Some(_) | None => {
                    write(&mut text, licenses);
                    holdings.index_of(&text)?
                }
            };
            last = Some((licenses, index));
            Some((licenses.first()?.user, index))
        })
        .collect()
}

/// The licenses, ascending by user.
fn licenses(columns: &LicenseColumns) -> Option<Vec<AggregatedLicense<'_>>> {
    let mut products = cells(columns.products.as_ref());
    let mut plans = cells(columns.disabled_plans.as_ref());
    let mut licenses = cells(columns.users.as_ref())
        .map(|user| {
            Some(AggregatedLicense {
                user: user.parse().ok()?,
                product: products.next()?,
                disabled_plans: plans.next()?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    if plans.next().is_some() {
        return None;
    }
    // When rows arrive by product, each product's are in order: a stable sort merges such runs.
    if !licenses.is_sorted_by_key(|license| license.user) {
        licenses.sort();
    }
    Some(licenses)
}

/// Whether two users have the same licenses.
fn is_same(one: &[AggregatedLicense<'_>], other: &[AggregatedLicense<'_>]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| {
            (one.product, one.disabled_plans) == (other.product, other.disabled_plans)
        })
}

/// Writes a user's licenses in the text form of [`Holdings`].
fn write(text: &mut String, licenses: &[AggregatedLicense<'_>]) {
    text.clear();
    for license in licenses {
        text.push_str(license.product);
        text.push(' ');
        text.push_str(license.disabled_plans);
        text.push('\n');
    }
}
