//! Rows that the database packed into text, a line each. Nothing a line holds contains a space
//! or a line break, but for what comes last.

use seatkeeper_domain::{HoldingIndex, UsageLocation, UserState};

use crate::sql::code;
use crate::sql::holdings::Holdings;

/// A row of `users`, as far as the rules need it.
pub(super) struct PackedUser<'a> {
    pub(super) key: i64,
    pub(super) state: UserState,
    pub(super) usage_location: Option<UsageLocation>,
    pub(super) id: &'a str,
}

/// The users, ascending by key; `None` when a line can't be read.
pub(super) fn users(packed: &str) -> Option<Vec<PackedUser<'_>>> {
    let mut users = packed.lines().map(user).collect::<Option<Vec<_>>>()?;
    // The order of an aggregate's input is the database's own affair.
    if !users.is_sorted_by_key(|user| user.key) {
        users.sort_unstable_by_key(|user| user.key);
    }
    Some(users)
}

fn user(line: &str) -> Option<PackedUser<'_>> {
    let (key, rest) = line.split_once(' ')?;
    let (state, rest) = rest.split_once(' ')?;
    let (location, id) = rest.split_once(' ')?;
    Some(PackedUser {
        key: key.parse().ok()?,
        state: code::parse_user_state(state.parse().ok()?)?,
        usage_location: code::parse_location(location)?,
        id,
    })
}

/// What each user with licenses holds, ascending by key; `None` when a line can't be read.
pub(super) fn holders(packed: &str, holdings: &mut Holdings) -> Option<Vec<(i64, HoldingIndex)>> {
    let mut licenses = packed
        .lines()
        .map(|line| {
            let (user, license) = line.split_once(' ')?;
            Some((user.parse::<i64>().ok()?, license))
        })
        .collect::<Option<Vec<_>>>()?;
    if !licenses.is_sorted_by_key(|&(user, _)| user) {
        licenses.sort_unstable();
    }
    let mut text = String::new();
    licenses
        .chunk_by(|(user, _), (next, _)| user == next)
        .map(|licenses| {
            text.clear();
            for (_, license) in licenses {
                text.push_str(license);
                text.push('\n');
            }
            let (user, _) = licenses.first()?;
            Some((*user, holdings.index_of(&text)?))
        })
        .collect()
}
