use seatkeeper_domain::{Selection, SelectionId, SelectionKey, Timestamp};

/// A selection to be saved; the store gives the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSelection {
    /// The caller's identifier.
    pub id: SelectionId,
    /// For people.
    pub display_name: String,
    /// How long it lives after its last use, in microseconds.
    pub idle_ttl_micros: i64,
    /// When it expires.
    pub expire_time: Timestamp,
    /// When it is created.
    pub create_time: Timestamp,
}

impl NewSelection {
    /// The selection it becomes under `key`.
    #[must_use]
    pub fn into_selection(self, key: SelectionKey, user_count: i64) -> Selection {
        Selection {
            key,
            id: self.id,
            display_name: self.display_name,
            idle_ttl_micros: self.idle_ttl_micros,
            user_count,
            expire_time: self.expire_time,
            revision: 1,
            create_time: self.create_time,
            update_time: self.create_time,
        }
    }
}
