use seatkeeper_domain::{ChunkState, JournalSequence, Member, ProductKey, UserId, UserKey};

use crate::payload::{Malformed, SegmentPayload, decode, encode};

/// One position in a frozen selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Who.
    pub user: SelectedUser,
    /// The zero-based index in the caller's list, where there was a list. In a batch that reverts
    /// another, the sequence number of the result that is put back.
    pub request_index: Option<i64>,
}

/// A selected user, as frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectedUser {
    /// A user of the directory when the selection froze.
    Known(UserKey),
    /// The directory had nobody under this identifier.
    Unknown(UserId),
}

/// A part of a frozen selection, packed as it is stored: a byte or so for each user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSegment {
    user_count: i64,
    payload: Vec<u8>,
}

impl PackedSegment {
    /// Packs the users of a segment, in order.
    #[must_use]
    pub fn pack(selected: &[Selected]) -> Self {
        Self {
            user_count: i64::try_from(selected.len()).expect("a segment fits memory"),
            payload: encode(&SegmentPayload::from(selected)),
        }
    }

    /// How many users it has.
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

/// Who changed a license last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LicenseVersion {
    /// Who holds it.
    pub user: UserKey,
    /// What is held.
    pub product: ProductKey,
    /// The journal entry that last changed it.
    pub changed_by: JournalSequence,
}

/// A chunk's members with what the rules need of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedChunk {
    /// The customer's last journal entry when it was read: whatever the users are now, later
    /// entries tell of it. Zero when nobody selected was ever a user, so that nothing was read.
    pub as_of: JournalSequence,
    /// One for each selected user, in order. A user deleted since the selection froze keeps the
    /// identifier they had.
    pub members: Vec<Member>,
    /// Runs parallel to `members`.
    pub state: ChunkState,
}

impl Default for LoadedChunk {
    /// Nobody, read from nothing.
    fn default() -> Self {
        Self {
            as_of: JournalSequence(0),
            members: Vec::new(),
            state: ChunkState::default(),
        }
    }
}
