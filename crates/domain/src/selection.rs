use crate::{SelectionId, SelectionKey, Timestamp};

/// A set of users saved under a name; the users are stored separately.
///
/// It expires after some time without use; each use extends its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The surrogate key.
    pub key: SelectionKey,
    /// The caller's identifier.
    pub id: SelectionId,
    /// Name shown to people.
    pub display_name: String,
    /// How long it exists after its last use, in microseconds.
    pub idle_ttl_micros: i64,
    /// Number of users in it.
    pub user_count: i64,
    /// When it expires.
    pub expire_time: Timestamp,
    /// Number of changes by callers to its fields and its users; the source of its etag.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When a caller last changed its fields or its users.
    pub update_time: Timestamp,
}

impl Selection {
    /// A renewal extends the expiry by the idle time plus the idle time divided by this number, so
    /// that further uses soon afterwards need no write.
    const RENEWAL_SLACK: i64 = 16;

    /// Whether it has not expired at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expire_time > now
    }

    /// The new expiry after a use at `now`; `None` if the current expiry is late enough.
    #[must_use]
    pub fn renewal(&self, now: Timestamp) -> Option<Timestamp> {
        let due = now.plus_micros(self.idle_ttl_micros);
        let slack = self.idle_ttl_micros / Self::RENEWAL_SLACK;
        (self.expire_time < due).then(|| due.plus_micros(slack))
    }

    /// Records a change at `now`, which also counts as a use.
    pub fn change(&mut self, now: Timestamp) {
        self.revision += 1;
        self.update_time = now;
        self.expire_time = self.renewal(now).unwrap_or(self.expire_time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: i64 = 1_600;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn selection() -> Selection {
        Selection {
            key: SelectionKey(1),
            id: SelectionId::parse("ticked").unwrap(),
            display_name: String::new(),
            idle_ttl_micros: TTL,
            user_count: 0,
            expire_time: at(TTL),
            revision: 1,
            create_time: at(0),
            update_time: at(0),
        }
    }

    #[test]
    fn it_expires_when_its_time_has_come() {
        assert!(selection().is_live(at(TTL - 1)));
        assert!(!selection().is_live(at(TTL)));
    }

    #[test]
    fn it_always_lives_its_idle_time_after_a_use_and_few_uses_are_written_down() {
        let mut selection = selection();
        let mut written = 0;
        for now in (0..10 * TTL).step_by(10) {
            if let Some(renewed) = selection.renewal(at(now)) {
                selection.expire_time = renewed;
                written += 1;
            }
            assert!(selection.expire_time >= at(now + TTL));
        }
        assert!(written <= 10 * 16, "{written}");
    }
}
