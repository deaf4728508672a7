use std::fmt;

use seatkeeper_domain::Timestamp;

/// Keys that are valid at the same time: the newest, which signs tokens, and the one before it, so
/// that a new key does not invalidate the tokens that callers hold.
pub const TOKEN_KEYS_KEPT: usize = 2;

/// Bytes of a key's secret: as long as the output of the MAC's hash; more bytes add no strength.
pub const TOKEN_SECRET_BYTES: usize = 32;

/// A key that authenticates page tokens. All servers of a database share it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// The key's number: 1 for the first key of a database, then counting up by one.
    pub id: i64,
    /// The secret, shared only by the servers of this database.
    pub secret: [u8; TOKEN_SECRET_BYTES],
    /// When it was added, by the clock of the server that added it.
    pub create_time: Timestamp,
}

/// A key to be added.
#[derive(Clone)]
pub struct NewTokenKey {
    /// The newest key the server has read; `None` when there was none.
    pub previous: Option<i64>,
    /// Random bytes.
    pub secret: [u8; TOKEN_SECRET_BYTES],
    /// The time of the addition.
    pub create_time: Timestamp,
}

impl NewTokenKey {
    /// The key as it is stored.
    pub(crate) fn into_key(self) -> TokenKey {
        TokenKey {
            id: self
                .previous
                .map_or(1, |previous| previous.saturating_add(1)),
            secret: self.secret,
            create_time: self.create_time,
        }
    }
}

/// Omits the secret, so that it never appears in a log.
impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("id", &self.id)
            .field("create_time", &self.create_time)
            .finish_non_exhaustive()
    }
}

/// Omits the secret, so that it never appears in a log.
impl fmt::Debug for NewTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTokenKey")
            .field("previous", &self.previous)
            .field("create_time", &self.create_time)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let new = NewTokenKey {
            previous: Some(4),
            secret: [77; TOKEN_SECRET_BYTES],
            create_time: Timestamp::from_micros(5),
        };
        let shown = format!("{new:?} {:?}", new.clone().into_key());
        assert!(!shown.contains("77") && shown.contains("id: 5"), "{shown}");
    }
}
