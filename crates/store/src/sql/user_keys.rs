use super::query::Query;

/// A range of keys is read instead of a list when the range has at most this many times the keys of
/// the list.
const RANGE_SPARSITY_MAX: i64 = 2;

/// SQLite scans a range of keys and filters it when the range has at most this many times the
/// wanted keys: skipping a row costs a fraction of a lookup.
const FILTERED_RANGE_SPARSITY_MAX: i64 = 8;

/// How a statement finds the rows of given users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserKeys<'a> {
    /// All users from the first key to the last.
    Range(i64, i64),
    /// The listed users; SQLite scans from the first key to the last.
    FilteredRange(i64, i64, &'a [i64]),
    /// The listed users, each found by a lookup.
    List(&'a [i64]),
}

impl<'a> UserKeys<'a> {
    /// The users with these ascending, distinct keys, possibly with some in between; `None` for no
    /// keys.
    pub(super) fn covering(keys: &'a [i64]) -> Option<Self> {
        Self::of(keys, |range, count| {
            range < count.saturating_mul(RANGE_SPARSITY_MAX)
        })
    }

    /// Exactly the users with these ascending, distinct keys; `None` for no keys.
    pub(super) fn exact(keys: &'a [i64]) -> Option<Self> {
        Self::of(keys, |range, count| range == count - 1)
    }

    fn of(keys: &'a [i64], fits_range: fn(i64, i64) -> bool) -> Option<Self> {
        let (&first, &last) = keys.first().zip(keys.last())?;
        let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        let range = last.saturating_sub(first);
        if fits_range(range, count) {
            return Some(Self::Range(first, last));
        }
        if range < count.saturating_mul(FILTERED_RANGE_SPARSITY_MAX) {
            return Some(Self::FilteredRange(first, last, keys));
        }
        Some(Self::List(keys))
    }

    /// The condition on `user_key`.
    pub(super) fn condition(self, query: &mut Query) -> String {
        match self {
            Self::Range(first, last) if first == last => {
                format!("user_key = {}", query.bind(first))
            }
            Self::Range(first, last) => {
                let first = query.bind(first);
                let last = query.bind(last);
                format!("user_key BETWEEN {first} AND {last}")
            }
            // PostgreSQL would compare each row with the listed keys one by one.
            Self::FilteredRange(_, _, keys) if !query.is_sqlite() => {
                Self::List(keys).condition(query)
            }
            // The expression, instead of the bare column, stops SQLite from looking up each key.
            Self::FilteredRange(first, last, keys) => {
                let range = Self::Range(first, last).condition(query);
                format!("{range} AND {}", query.is_one_of("(user_key + 0)", keys))
            }
            Self::List(keys) => query.is_one_of("user_key", keys),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_keys_that_cover_a_list_may_take_in_their_neighbors() {
        assert_eq!(UserKeys::covering(&[]), None);
        assert_eq!(UserKeys::covering(&[3, 4, 6]), Some(UserKeys::Range(3, 6)));
        assert_eq!(
            UserKeys::covering(&[3, 9]),
            Some(UserKeys::FilteredRange(3, 9, &[3, 9]))
        );
        assert_eq!(UserKeys::covering(&[3, 90]), Some(UserKeys::List(&[3, 90])));
    }

    #[test]
    fn an_exact_key_set_contains_no_other_user() {
        assert_eq!(UserKeys::exact(&[7]), Some(UserKeys::Range(7, 7)));
        assert_eq!(UserKeys::exact(&[3, 4, 5]), Some(UserKeys::Range(3, 5)));
        let gap = [3, 4, 6];
        assert_eq!(
            UserKeys::exact(&gap),
            Some(UserKeys::FilteredRange(3, 6, &gap))
        );
        assert_eq!(UserKeys::exact(&[3, 90]), Some(UserKeys::List(&[3, 90])));
    }
}
