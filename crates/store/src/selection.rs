use seatkeeper_domain::{Selection, SelectionId, SelectionKey, Timestamp};

/// A selection to be stored; the store assigns the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSelection {
    /// The identifier that the caller chose.
    pub id: SelectionId,
    /// A name for display; not unique.
    pub display_name: String,
    /// How long it is kept after its last use, in microseconds.
    pub idle_ttl_micros: i64,
    /// When it expires.
    pub expire_time: Timestamp,
    /// The creation time.
    pub create_time: Timestamp,
}

impl NewSelection {
    /// The stored selection with this key, at revision 1.
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
