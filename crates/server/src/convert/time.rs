use prost_types::Timestamp as ProtoTimestamp;
use seatkeeper_domain::Timestamp;

use crate::error::FieldError;

const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: i32 = 1_000;

/// The seconds of the timestamps that the API allows: years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = seconds(Timestamp::FIRST)..=seconds(Timestamp::LAST);

const fn seconds(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(MICROS_PER_SECOND)
}

/// Encodes a timestamp. A database of an earlier version may have one outside the range of the API;
/// it is clamped to the range, because clients fail on any other.
pub(crate) fn to_proto(time: Timestamp) -> ProtoTimestamp {
    let micros = time.clamp(Timestamp::FIRST, Timestamp::LAST).as_micros();
    let nanos = micros.rem_euclid(MICROS_PER_SECOND) * i64::from(NANOS_PER_MICRO);
    ProtoTimestamp {
        seconds: micros.div_euclid(MICROS_PER_SECOND),
        nanos: i32::try_from(nanos).expect("less than a second"),
    }
}

/// Parses a timestamp; fractions below a microsecond are cut off.
pub(crate) fn from_proto(field: &str, given: ProtoTimestamp) -> Result<Timestamp, FieldError> {
    if !SECONDS.contains(&given.seconds) || !(0..1_000_000_000).contains(&given.nanos) {
        let description = "is not a valid timestamp: years 1 to 9999, nanoseconds 0 to 999,999,999";
        return Err(FieldError::invalid(field, description));
    }
    let micros = given.seconds * MICROS_PER_SECOND + i64::from(given.nanos / NANOS_PER_MICRO);
    Ok(Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_the_epoch_survive_the_way_there_and_back() {
        for micros in [0, 1, -1, 1_700_000_000_123_456, -62_135_596_800_000_000] {
            let time = Timestamp::from_micros(micros);
            assert_eq!(from_proto("time", to_proto(time)), Ok(time));
        }
    }

    #[test]
    fn a_moment_beyond_the_range_is_held_at_its_end() {
        let last = ProtoTimestamp {
            seconds: 253_402_300_799,
            nanos: 999_999_000,
        };
        let first = ProtoTimestamp {
            seconds: -62_135_596_800,
            nanos: 0,
        };
        for (micros, held) in [
            (i64::MAX, last),
            (253_402_300_800_000_000, last),
            (253_402_300_799_999_999, last),
            (i64::MIN, first),
        ] {
            assert_eq!(to_proto(Timestamp::from_micros(micros)), held);
        }
    }

    #[test]
    fn an_invalid_timestamp_is_refused() {
        for (seconds, nanos) in [
            (253_402_300_800, 0),
            (i64::MIN, 0),
            (0, -1),
            (0, 1_000_000_000),
        ] {
            assert!(from_proto("time", ProtoTimestamp { seconds, nanos }).is_err());
        }
    }
}
