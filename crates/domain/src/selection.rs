use crate::{SelectionId, SelectionKey, Timestamp};

/// A set of users saved under a name; the users are kept beside it.
///
/// It expires unless it is used, and each use renews it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Its surrogate.
    pub key: SelectionKey,
    /// The caller's identifier.
    pub id: SelectionId,
    /// For people.
    pub display_name: String,
    /// How long it lives after its last use, in microseconds.
    pub idle_ttl_micros: i64,
    /// How many users it has.
    pub user_count: i64,
    /// When it expires.
    pub expire_time: Timestamp,
    /// Counts the changes to its fields and, by callers, to its users; the source of its etag.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its fields or, by callers, its users last changed.
    pub update_time: Timestamp,
}

impl Selection {
    /// A renewal gives a selection this part of its idle time on top, so that the uses that follow
    /// soon need not be written down.
    const RENEWAL_SLACK: i64 = 16;

    /// Whether it has not expired at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expire_time > now
    }

    /// When it expires after a use at `now`; `None` when it lives long enough as it is.
    #[must_use]
    pub fn renewal(&self, now: Timestamp) -> Option<Timestamp> {
        let due = now.plus_micros(self.idle_ttl_micros);
        let slack = self.idle_ttl_micros / Self::RENEWAL_SLACK;
        (self.expire_time < due).then(|| due.plus_micros(slack))
    }

    /// Takes note of a change at `now`, which is a use.
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
