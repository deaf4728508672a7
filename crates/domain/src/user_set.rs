use std::ops::{BitAndAssign, BitOrAssign, SubAssign};

use roaring::{RoaringBitmap, RoaringTreemap};

use crate::UserKey;

/// A set of users of one customer in directory order: a compressed bitmap of their keys. It takes
/// about two bytes per user at most, or one bit per user if the set contains most of a directory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserSet {
    keys: RoaringTreemap,
}

/// Keys that share all but their lowest 16 bits. A set is stored block by block, so that a small
/// change of a large set writes few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserBlock(i64);

/// Bytes that are not a valid block of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserBlockError {
    /// The bytes are not a bitmap in the portable Roaring format.
    #[error("it is not a bitmap")]
    NotABitmap,
    /// The bitmap has keys of other blocks.
    #[error("it has keys of another block")]
    OtherBlock,
}

const BLOCK_BITS: u32 = 16;

impl UserBlock {
    /// The block of a key.
    #[must_use]
    pub const fn of(user: UserKey) -> Self {
        Self(user.0 >> BLOCK_BITS)
    }

    /// The block with this number, counted from 0.
    #[must_use]
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The block's number, counted from 0.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The upper halves of its keys, and the range of their lower halves.
    fn range(self) -> (u32, std::ops::RangeInclusive<u32>) {
        let (high, low) = halves(bits(UserKey(self.0 << BLOCK_BITS)));
        (high, low..=low | ((1 << BLOCK_BITS) - 1))
    }
}

impl UserSet {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user. Returns true if the set did not contain the user.
    pub fn insert(&mut self, user: UserKey) -> bool {
        self.keys.insert(bits(user))
    }

    /// Removes a user. Returns true if the set contained the user.
    pub fn remove(&mut self, user: UserKey) -> bool {
        self.keys.remove(bits(user))
    }

    /// Whether the set contains a user.
    #[must_use]
    pub fn contains(&self, user: UserKey) -> bool {
        self.keys.contains(bits(user))
    }

    /// The number of users in the set.
    #[must_use]
    pub fn len(&self) -> i64 {
        signed(self.keys.len())
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of users in the set up to and including `user`.
    #[must_use]
    pub fn rank(&self, user: UserKey) -> i64 {
        signed(self.keys.rank(bits(user)))
    }

    /// The user at a position in directory order, counted from 0.
    #[must_use]
    pub fn select(&self, position: i64) -> Option<UserKey> {
        self.keys.select(u64::try_from(position).ok()?).map(user)
    }

    /// The users in directory order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = UserKey> + '_ {
        self.keys.iter().map(user)
    }

    /// The users after `after`, in directory order.
    pub fn iter_after(&self, after: UserKey) -> impl Iterator<Item = UserKey> + '_ {
        let mut keys = self.keys.iter();
        keys.advance_to(bits(after).saturating_add(1));
        keys.map(user)
    }

    /// The users before `before`, in descending order.
    pub fn iter_before(&self, before: UserKey) -> impl Iterator<Item = UserKey> + '_ {
        let last = bits(before).checked_sub(1);
        last.into_iter().flat_map(|last| {
            let mut keys = self.keys.iter();
            keys.advance_back_to(last);
            keys.rev().map(user)
        })
    }

    /// The number of users in both sets.
    #[must_use]
    pub fn intersection_len(&self, other: &Self) -> i64 {
        signed(self.keys.intersection_len(&other.keys))
    }

    /// The blocks that contain users of the set, ascending.
    #[must_use]
    pub fn blocks(&self) -> Vec<UserBlock> {
        let mut blocks = Vec::new();
        let mut next = self.keys.min();
        while let Some(key) = next {
            let block = UserBlock::of(user(key));
            blocks.push(block);
            let mut keys = self.keys.iter();
            keys.advance_to(bits(UserKey((block.0 + 1) << BLOCK_BITS)));
            next = keys.next();
        }
        blocks
    }

    /// The users of one block.
    #[must_use]
    pub fn block(&self, block: UserBlock) -> Self {
        let (high, low) = block.range();
        let mut keys = RoaringBitmap::new();
        keys.insert_range(low);
        match self.keys.bitmaps().find(|(upper, _)| *upper == high) {
            Some((_, members)) => keys &= members,
            None => keys.clear(),
        }
        Self {
            keys: RoaringTreemap::from_bitmaps([(high, keys)]),
        }
    }

    /// The users of one block as bytes: a bitmap of the lower 32 bits of their keys, in the
    /// portable Roaring format. At most about 8 KiB.
    #[must_use]
    pub fn block_bytes(&self, block: UserBlock) -> Vec<u8> {
        let (high, _) = block.range();
        let members = self.block(block);
        let mut keys = members
            .keys
            .bitmaps()
            .find(|(upper, _)| *upper == high)
            .map(|(_, keys)| keys.clone())
            .unwrap_or_default();
        keys.optimize();
        let mut bytes = Vec::with_capacity(keys.serialized_size());
        keys.serialize_into(&mut bytes)
            .expect("a vector takes every byte");
        bytes
    }

    /// Adds the users of a block, from the bytes of [`UserSet::block_bytes`].
    ///
    /// # Errors
    /// If the bytes are not a valid block; then no user is added.
    pub fn insert_block(&mut self, block: UserBlock, bytes: &[u8]) -> Result<(), UserBlockError> {
        let keys =
            RoaringBitmap::deserialize_from(bytes).map_err(|_| UserBlockError::NotABitmap)?;
        let (high, low) = block.range();
        let is_within = |key: Option<u32>| key.is_none_or(|key| low.contains(&key));
        if !is_within(keys.min()) || !is_within(keys.max()) {
            return Err(UserBlockError::OtherBlock);
        }
        self.keys |= RoaringTreemap::from_bitmaps([(high, keys)]);
        Ok(())
    }
}

impl BitOrAssign<&UserSet> for UserSet {
    /// The union: users in either set.
    fn bitor_assign(&mut self, other: &UserSet) {
        self.keys |= &other.keys;
    }
}

impl BitAndAssign<&UserSet> for UserSet {
    /// The intersection: users in both sets.
    fn bitand_assign(&mut self, other: &UserSet) {
        self.keys &= &other.keys;
    }
}

impl SubAssign<&UserSet> for UserSet {
    /// The difference: users that are not in `other`.
    fn sub_assign(&mut self, other: &UserSet) {
        self.keys -= &other.keys;
    }
}

impl FromIterator<UserKey> for UserSet {
    fn from_iter<I: IntoIterator<Item = UserKey>>(users: I) -> Self {
        Self {
            keys: users.into_iter().map(bits).collect(),
        }
    }
}

impl Extend<UserKey> for UserSet {
    fn extend<I: IntoIterator<Item = UserKey>>(&mut self, users: I) {
        self.keys.extend(users.into_iter().map(bits));
    }
}

fn bits(user: UserKey) -> u64 {
    u64::try_from(user.0).expect("user keys count up from 1")
}

fn user(bits: u64) -> UserKey {
    UserKey(signed(bits))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).expect("user keys are 63 bits wide")
}

fn halves(bits: u64) -> (u32, u32) {
    let high = u32::try_from(bits >> 32).expect("half of 64 bits");
    let low = u32::try_from(bits & u64::from(u32::MAX)).expect("half of 64 bits");
    (high, low)
}

#[cfg(test)]
mod tests;
