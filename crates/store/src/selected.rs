use seatkeeper_domain::{ChunkState, JournalSequence, Member, ProductKey, UserId, UserKey};

use crate::payload::{Malformed, SegmentPayload, decode, encode};

/// One position in a frozen selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The selected user.
    pub user: SelectedUser,
    /// The zero-based index in the caller's list; `None` without a list. In a batch that reverts
    /// another, the sequence number of the result to revert.
    pub request_index: Option<i64>,
}

/// A selected user, as frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectedUser {
    /// A user that was in the directory when the selection was frozen.
    Known(UserKey),
    /// An identifier that no user of the directory had.
    Unknown(UserId),
}

/// A segment of a frozen selection, encoded as it is stored: about one byte per user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSegment {
    user_count: i64,
    payload: Vec<u8>,
}

impl PackedSegment {
    /// Encodes the users of a segment, in order.
    #[must_use]
    pub fn pack(selected: &[Selected]) -> Self {
        Self {
            user_count: i64::try_from(selected.len()).expect("a segment fits memory"),
            payload: encode(&SegmentPayload::from(selected)),
        }
    }

    /// The number of users in the segment.
    #[must_use]
    pub fn user_count(&self) -> i64 {
        self.user_count
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub(crate) fn unpack(payload: &[u8]) -> Result<Vec<Selected>, Malformed> {
        decode::<SegmentPayload>(payload).and_then(Vec::try_from)
    }
}

/// The last change of a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LicenseVersion {
    /// The user who holds it.
    pub user: UserKey,
    /// The product that is held.
    pub product: ProductKey,
    /// The journal entry that last changed it.
    pub changed_by: JournalSequence,
}

/// The members of a chunk, with the state that the rules need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedChunk {
    /// The customer's last journal entry when the chunk was read: later changes of these users are
    /// in later entries. Zero when no selected user ever existed, so that nothing was read.
    pub as_of: JournalSequence,
    /// One member for each selected user, in order. A user deleted after the selection was frozen
    /// keeps the identifier.
    pub members: Vec<Member>,
    /// The state of the users, parallel to `members`.
    pub state: ChunkState,
}

impl Default for LoadedChunk {
    /// An empty chunk, for which nothing was read.
    fn default() -> Self {
        Self {
            as_of: JournalSequence(0),
            members: Vec::new(),
            state: ChunkState::default(),
        }
    }
}
