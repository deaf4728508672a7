use std::ops::Range;

use super::CHUNK_USERS;

pub(super) const CUSTOMER: i64 = 1;
pub(super) const PRODUCT: i32 = 1;
pub(super) const TIME_MICROS: i64 = 1_780_000_000_000_000;

/// A chunk: its number from 1 and the keys of its users.
pub(super) struct Chunk {
    pub(super) number: i64,
    pub(super) users: Range<i64>,
}

/// Chunks of `users` users, in key order.
pub(super) fn chunks(users: usize) -> impl Iterator<Item = Chunk> {
    let users = i64::try_from(users).unwrap_or(i64::MAX);
    let size = i64::try_from(CHUNK_USERS).unwrap_or(i64::MAX);
    (1..).zip(0..).map_while(move |(number, index)| {
        let first = index * size + 1;
        let end = (first + size).min(users + 1);
        (first <= users).then_some(Chunk {
            number,
            users: first..end,
        })
    })
}

/// The packed results of a chunk: for each user an incompressible GUID and an outcome.
pub(super) fn packed_results(chunk: &Chunk) -> Vec<u8> {
    let mut packed = Vec::with_capacity(CHUNK_USERS * 17);
    for user in chunk.users.clone() {
        let digits = user.wrapping_mul(0x5851_f42d_4c95_7f2d);
        packed.extend_from_slice(&digits.to_le_bytes());
        packed.extend_from_slice(&digits.rotate_left(23).to_le_bytes());
        packed.push(1);
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_user_once() {
        for users in [0, 1, CHUNK_USERS, CHUNK_USERS + 1] {
            let keys = chunks(users).flat_map(|chunk| chunk.users);
            assert!(keys.eq(1..=i64::try_from(users).unwrap()));
        }
    }
}
