use crate::{HeldLicense, UserFacts, UserId, UserKey};

/// One position in a batch's order of processing, frozen when the batch started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user, or `None` if the directory had no such user when the batch was frozen.
    pub user: Option<UserKey>,
    /// The user's identifier in results.
    pub user_id: UserId,
    /// The zero-based index in the caller's list; `None` without a list.
    pub request_index: Option<i64>,
}

/// A set of licenses that users of a chunk hold. Equal sets are stored once: most users share a
/// few.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Holding {
    /// In ascending order of products.
    pub licenses: Vec<HeldLicense>,
}

/// An index into [`ChunkState::holdings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HoldingIndex(pub u32);

/// The data about the users of one chunk that rules need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChunkState {
    /// The state of each member, in order.
    pub members: Vec<MemberState>,
    /// The distinct holdings of the members.
    pub holdings: Vec<Holding>,
}

impl ChunkState {
    /// The state of the member at `index`, as a chunk with one member.
    #[must_use]
    pub fn of_one(&self, index: usize) -> Self {
        match self.members[index] {
            MemberState::NotFound => Self {
                members: vec![MemberState::NotFound],
                holdings: Vec::new(),
            },
            MemberState::Found { facts, holding } => Self {
                members: vec![MemberState::Found {
                    facts,
                    holding: HoldingIndex(0),
                }],
                holdings: vec![self.holdings[holding.0 as usize].clone()],
            },
        }
    }
}

/// The state of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// The user does not exist or was deleted.
    NotFound,
    /// A user of the directory.
    Found {
        /// The user's data that rules need.
        facts: UserFacts,
        /// The licenses that the user holds.
        holding: HoldingIndex,
    },
}
