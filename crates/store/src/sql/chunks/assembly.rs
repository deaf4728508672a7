use std::collections::HashMap;

use seatkeeper_domain::{
    ChunkState, CustomerKey, HoldingIndex, JournalSequence, Member, MemberState, UserFacts, UserId,
    UserKey,
};

use super::aggregated::AggregatedUser;
use crate::sql::error::corrupt;
use crate::sql::holdings::{Holdings, NOTHING};
use crate::{LoadedChunk, Selected, SelectedUser, StoreResult};

/// The data read for a chunk.
pub(super) struct Chunk<'a> {
    /// The customer's last journal entry when the data was read.
    pub(super) as_of: JournalSequence,
    /// The selected users that exist, ascending by key.
    pub(super) users: Vec<AggregatedUser<'a>>,
    /// The users with licenses, ascending by key.
    pub(super) holders: Vec<(i64, HoldingIndex)>,
    pub(super) holdings: Holdings,
    /// The identifiers of selected users that were deleted.
    pub(super) deleted: HashMap<i64, UserId>,
}

impl Default for Chunk<'_> {
    fn default() -> Self {
        Self {
            as_of: JournalSequence(0),
            users: Vec::new(),
            holders: Vec::new(),
            holdings: Holdings::new(),
            deleted: HashMap::new(),
        }
    }
}

impl Chunk<'_> {
    /// Puts the data into the order of the selection.
    pub(super) fn assemble(
        self,
        customer: CustomerKey,
        selected: &[Selected],
    ) -> StoreResult<LoadedChunk> {
        let mut members = Vec::with_capacity(selected.len());
        let mut states = Vec::with_capacity(selected.len());
        let mut users = Cursor::default();
        let mut holders = Cursor::default();
        let mut holdings = self.holdings.into_used();
        for one in selected {
            let (user, user_id, state) = match &one.user {
                SelectedUser::Unknown(id) => (None, id.clone(), MemberState::NotFound),
                SelectedUser::Known(key) => {
                    let (id, state) = match users.seek(&self.users, key.0, |user| user.key) {
                        Some(user) => {
                            let held = holders.seek(&self.holders, key.0, |&(user, _)| user);
                            let held = held.map_or(NOTHING, |&(_, held)| held);
                            found(customer, user, holdings.index_of(held))?
                        }
                        None => gone(customer, *key, &self.deleted)?,
                    };
                    (Some(*key), id, state)
                }
            };
            members.push(Member {
                user,
                user_id,
                request_index: one.request_index,
            });
            states.push(state);
        }
        let state = ChunkState {
            members: states,
            holdings: holdings.into_holdings(),
        };
        Ok(LoadedChunk {
            members,
            state,
            as_of: self.as_of,
        })
    }
}

fn found(
    customer: CustomerKey,
    user: &AggregatedUser<'_>,
    holding: HoldingIndex,
) -> StoreResult<(UserId, MemberState)> {
    let id =
        UserId::parse(user.id).map_err(|error| corrupt("users", (customer, user.key), error))?;
    let facts = UserFacts {
        state: user.state,
        usage_location: user.usage_location,
    };
    Ok((id, MemberState::Found { facts, holding }))
}

fn gone(
    customer: CustomerKey,
    key: UserKey,
    deleted: &HashMap<i64, UserId>,
) -> StoreResult<(UserId, MemberState)> {
    match deleted.get(&key.0) {
        Some(id) => Ok((id.clone(), MemberState::NotFound)),
        None => Err(corrupt(
            "users",
            (customer, key),
            "the selected user never existed",
        )),
    }
}

/// A position in rows that are sorted by key. Most selections are ascending, so the next row is
/// usually the wanted one, or already past it.
#[derive(Default)]
struct Cursor {
    next: usize,
}

impl Cursor {
    fn seek<'r, R>(&mut self, rows: &'r [R], key: i64, key_of: fn(&R) -> i64) -> Option<&'r R> {
        let is_before = |row: &R| key_of(row) < key;
        let is_here = rows.get(self.next).is_none_or(|row| !is_before(row))
            && rows[..self.next].last().is_none_or(is_before);
        if !is_here {
            self.next = rows.partition_point(is_before);
        }
        let row = rows.get(self.next).filter(|row| key_of(row) == key)?;
        self.next += 1;
        Some(row)
    }
}
