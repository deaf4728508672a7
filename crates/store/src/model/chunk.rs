use std::collections::BTreeMap;

use seatkeeper_domain::{
    ChunkState, Holding, HoldingIndex, JournalSequence, Member, MemberState, RelevantProducts,
    User, UserFacts, UserKey,
};

use super::customer::CustomerData;
use super::error::corrupt;
use crate::{LoadedChunk, Selected, SelectedUser, StoreResult};

/// The state of the selected users, in order.
pub(super) fn load(
    data: &CustomerData,
    selected: &[Selected],
    relevant: &RelevantProducts,
) -> StoreResult<LoadedChunk> {
    let mut members = Vec::new();
    let mut states = Vec::new();
    let mut holdings = Holdings::default();
    for one in selected {
        let (member, user) = look_up(data, one)?;
        members.push(member);
        states.push(
            user.map_or(MemberState::NotFound, |user| MemberState::Found {
                facts: UserFacts {
                    state: user.state,
                    usage_location: user.usage_location,
                },
                holding: holdings.index_of(holding_of(data, user.key, relevant)),
            }),
        );
    }
    let state = ChunkState {
        members: states,
        holdings: holdings.distinct,
    };
    let as_of = if members.iter().any(|member| member.user.is_some()) {
        data.journal.last()
    } else {
        JournalSequence(0)
    };
    Ok(LoadedChunk {
        as_of,
        members,
        state,
    })
}

fn look_up<'a>(
    data: &'a CustomerData,
    selected: &Selected,
) -> StoreResult<(Member, Option<&'a User>)> {
    let (key, user_id, user) = match &selected.user {
        SelectedUser::Unknown(id) => (None, id, None),
        SelectedUser::Known(key) => match data.directory.by_key(*key) {
            Some(user) => (Some(*key), &user.id, Some(user)),
            None => match data.directory.departed(*key) {
                Some(id) => (Some(*key), id, None),
                None => return Err(corrupt("users", key, "the selected user never existed")),
            },
        },
    };
    let member = Member {
        user: key,
        user_id: user_id.clone(),
        request_index: selected.request_index,
    };
    Ok((member, user))
}

fn holding_of(data: &CustomerData, user: UserKey, relevant: &RelevantProducts) -> Holding {
    Holding {
        licenses: data
            .licenses
            .of_user(user)
            .map(|license| &license.held)
            .filter(|held| relevant.includes(held.product))
            .cloned()
            .collect(),
    }
}

/// The distinct sets of licenses, in order of first use.
#[derive(Default)]
struct Holdings {
    distinct: Vec<Holding>,
    indices: BTreeMap<Vec<seatkeeper_domain::HeldLicense>, HoldingIndex>,
}

impl Holdings {
    fn index_of(&mut self, holding: Holding) -> HoldingIndex {
        if let Some(&index) = self.indices.get(&holding.licenses) {
            return index;
        }
        let index = u32::try_from(self.distinct.len()).expect("a chunk has fewer than 2^32 users");
        let index = HoldingIndex(index);
        self.indices.insert(holding.licenses.clone(), index);
        self.distinct.push(holding);
        index
    }
}
