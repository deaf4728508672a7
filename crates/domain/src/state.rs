use crate::{HeldLicense, UserFacts, UserId, UserKey};

/// One position in a batch's order of processing, frozen when the batch started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The user, or `None` when the directory had no user under that name when the batch froze.
    pub user: Option<UserKey>,
    /// The identifier under which results are told.
    pub user_id: UserId,
    /// The zero-based index in the caller's list, where there was a list.
    pub request_index: Option<i64>,
}

/// The distinct licenses-held of a chunk, kept once each: most users hold one of few sets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Holding {
    /// In ascending order of products.
    pub licenses: Vec<HeldLicense>,
}

/// An index into [`ChunkState::holdings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HoldingIndex(pub u32);

/// What the rules need of the users of one chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChunkState {
    /// One for each member of the chunk, in the members' order.
    pub members: Vec<MemberState>,
    /// What the members refer to.
    pub holdings: Vec<Holding>,
}

impl ChunkState {
    /// The state of the member at `index`, as that of a chunk of one.
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
    /// No such user, or no longer.
    NotFound,
    /// A user of the directory.
    Found {
        /// What the rules need of the user.
        facts: UserFacts,
        /// What the user holds.
        holding: HoldingIndex,
    },
}
