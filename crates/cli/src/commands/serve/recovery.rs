use std::time::Duration;

use clap::{Args, value_parser};
use seatkeeper_engine::Limits;

/// How soon another server takes over the batches of a failed server.
#[derive(Debug, Args)]
pub(super) struct RecoveryOptions {
    /// Lease of a server, in milliseconds: other servers take over the batches of a server that is
    /// silent for this long.
    #[arg(
        long,
        env = "SEATKEEPER_LEASE_MILLISECONDS",
        value_name = "N",
        default_value = "6000",
        value_parser = value_parser!(u64).range(200..=60_000)
    )]
    lease_milliseconds: u64,

    /// How often the server polls for batches to take over, in milliseconds.
    #[arg(
        long,
        env = "SEATKEEPER_RECOVERY_MILLISECONDS",
        value_name = "N",
        default_value = "2000",
        value_parser = value_parser!(u64).range(50..=10_000)
    )]
    recovery_milliseconds: u64,

    /// Users per segment, the smallest unit of one transaction. For tests: a small value makes many
    /// chunks of few users.
    #[arg(long, hide = true, value_name = "N", value_parser = value_parser!(u16).range(1..=20_000))]
    segment_users: Option<u16>,

    /// Segments written per transaction before a batch is accepted. For tests.
    #[arg(long, hide = true, value_name = "N", value_parser = value_parser!(u16).range(1..=1_000))]
    freeze_segments: Option<u16>,
}

impl RecoveryOptions {
    pub(super) fn limits(&self) -> Limits {
        let defaults = Limits::default();
        Limits {
            lease: Duration::from_millis(self.lease_milliseconds),
            recovery_interval: Duration::from_millis(self.recovery_milliseconds),
            segment_users: self
                .segment_users
                .map_or(defaults.segment_users, usize::from),
            freeze_segments_per_step: self
                .freeze_segments
                .map_or(defaults.freeze_segments_per_step, usize::from),
            ..defaults
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        recovery: RecoveryOptions,
    }

    #[test]
    fn the_defaults_are_the_engines() {
        let limits = Line::parse_from(["serve"]).recovery.limits();
        let defaults = Limits::default();
        assert_eq!(limits.lease, defaults.lease);
        assert_eq!(limits.recovery_interval, defaults.recovery_interval);
        assert_eq!(limits.segment_users, defaults.segment_users);
        let steps = defaults.freeze_segments_per_step;
        assert_eq!(limits.freeze_segments_per_step, steps);
    }

    #[test]
    fn a_lease_too_short_to_be_renewed_is_refused() {
        let line = Line::try_parse_from(["serve", "--lease-milliseconds", "10"]);
        assert!(line.is_err());
    }
}
