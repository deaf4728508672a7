use std::num::NonZeroU32;
use std::time::Duration;

use clap::{Args, value_parser};
use seatkeeper_engine::Limits;
use seatkeeper_server::ServerConfig;

/// Minimum memory for request messages, in bytes: the largest message and its decoded form.
const REQUEST_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// Limits of concurrent work; the server rejects calls beyond them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct OverloadOptions {
    /// Maximum number of open connections; the server closes further ones immediately. Default: the
    /// number of available file descriptors, up to 10,000.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTIONS_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    connections_max: Option<u32>,

    /// Maximum number of concurrent calls, both running and waiting.
    #[arg(
        long,
        env = "SEATKEEPER_CONCURRENT_CALLS_MAX",
        value_name = "N",
        default_value_t = count(ServerConfig::default().concurrent_calls_max),
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    concurrent_calls_max: u32,

    /// Maximum number of concurrent calls of one caller; default: half of all.
    #[arg(
        long,
        env = "SEATKEEPER_CONCURRENT_CALLS_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    concurrent_calls_per_caller_max: Option<u32>,

    /// Rate limit of each caller address, in calls per second; 0 for no limit.
    #[arg(
        long,
        env = "SEATKEEPER_CALLS_PER_SECOND_PER_CALLER_MAX",
        value_name = "N",
        default_value_t = ServerConfig::default()
            .calls_per_second_per_caller_max
            .map_or(0, NonZeroU32::get)
    )]
    calls_per_second_per_caller_max: u32,

    /// Timeout of a unary call, in seconds.
    #[arg(
        long,
        env = "SEATKEEPER_CALL_SECONDS_MAX",
        value_name = "N",
        default_value_t = ServerConfig::default().unary_call_max.as_secs(),
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    call_seconds_max: u64,

    /// Maximum memory for request messages that are received or processed, in bytes; the server
    /// rejects more.
    #[arg(
        long,
        env = "SEATKEEPER_REQUEST_BYTES_MAX",
        value_name = "BYTES",
        default_value_t = bytes(ServerConfig::default().request_bytes_max),
        value_parser = value_parser!(u64).range(REQUEST_BYTES_MIN..)
    )]
    request_bytes_max: u64,

    /// Maximum memory for request messages of one caller address, in bytes; default: half of the
    /// total.
    #[arg(
        long,
        env = "SEATKEEPER_REQUEST_BYTES_PER_CALLER_MAX",
        value_name = "BYTES",
        value_parser = value_parser!(u64).range(REQUEST_BYTES_MIN..)
    )]
    request_bytes_per_caller_max: Option<u64>,

    /// Maximum number of open streams.
    #[arg(
        long,
        env = "SEATKEEPER_OPEN_STREAMS_MAX",
        value_name = "N",
        default_value_t = count(ServerConfig::default().open_streams_max),
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    open_streams_max: u32,

    /// Maximum number of open streams of one caller; default: half of all.
    #[arg(
        long,
        env = "SEATKEEPER_OPEN_STREAMS_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    open_streams_per_caller_max: Option<u32>,

    /// Timeout for the next message of a caller, in seconds.
    #[arg(
        long,
        env = "SEATKEEPER_REQUEST_IDLE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().request_idle_max.as_secs(),
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    request_idle_seconds: u64,

    /// Maximum bytes of responses that wait for callers to read them; the server rejects further
    /// responses.
    #[arg(
        long,
        env = "SEATKEEPER_RESPONSE_BYTES_MAX",
        value_name = "N",
        default_value_t = ServerConfig::default().response_bytes_max,
    )]
    response_bytes_max: usize,

    /// Maximum bytes of responses that wait for one caller; default: half of all.
    #[arg(
        long,
        env = "SEATKEEPER_RESPONSE_BYTES_PER_CALLER_MAX",
        value_name = "N"
    )]
    response_bytes_per_caller_max: Option<usize>,

    /// Timeout for a caller that reads nothing of a response, in seconds; then its stream is reset.
    #[arg(
        long,
        env = "SEATKEEPER_UNREAD_RESPONSE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().unread_response_max.as_secs(),
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    unread_response_seconds: u64,

    /// Maximum number of unfinished batches on this server.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_MAX",
        value_name = "N",
        default_value_t = count(Limits::default().batches_unfinished_per_server_max),
        value_parser = value_parser!(u32).range(1..=100_000)
    )]
    unfinished_batches_max: u32,

    /// Maximum number of unfinished batches of one customer on this server.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_PER_CUSTOMER_MAX",
        value_name = "N",
        default_value_t = Limits::default().batches_unfinished_per_customer_max,
        value_parser = value_parser!(i64).range(1..=10_000)
    )]
    unfinished_batches_per_customer_max: i64,

    /// Maximum number of unfinished batches of one caller on this server; default: half of all.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=100_000)
    )]
    unfinished_batches_per_caller_max: Option<u32>,

    /// Maximum number of unfinished batches of one caller for one customer; default: half of a
    /// customer's.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_PER_CUSTOMER_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(i64).range(1..=10_000)
    )]
    unfinished_batches_per_customer_per_caller_max: Option<i64>,
}

impl OverloadOptions {
    /// Returns `others` with these limits applied.
    pub(super) fn config(&self, others: &ServerConfig) -> ServerConfig {
        ServerConfig {
            connections_max: self.connections_max.map(size),
            concurrent_calls_max: size(self.concurrent_calls_max),
            calls_per_second_per_caller_max: NonZeroU32::new(self.calls_per_second_per_caller_max),
            unary_call_max: Duration::from_secs(self.call_seconds_max),
            open_streams_max: size(self.open_streams_max),
            request_bytes_max: size_of_bytes(self.request_bytes_max),
            request_bytes_per_caller_max: self.request_bytes_per_caller_max.map(size_of_bytes),
            concurrent_calls_per_caller_max: self.concurrent_calls_per_caller_max.map(size),
            open_streams_per_caller_max: self.open_streams_per_caller_max.map(size),
            request_idle_max: Duration::from_secs(self.request_idle_seconds),
            response_bytes_max: self.response_bytes_max,
            response_bytes_per_caller_max: self.response_bytes_per_caller_max,
            unread_response_max: Duration::from_secs(self.unread_response_seconds),
            ..others.clone()
        }
    }

    /// Returns the engine's limits `others` with these limits applied.
    pub(super) fn limits(&self, others: &Limits) -> Limits {
        let per_caller = self.unfinished_batches_per_caller_max;
        let per_caller = per_caller.unwrap_or(self.unfinished_batches_max.div_ceil(2));
        let per_customer = self.unfinished_batches_per_customer_max;
        let of_customer = self.unfinished_batches_per_customer_per_caller_max;
        Limits {
            batches_unfinished_per_server_max: size(self.unfinished_batches_max),
            batches_unfinished_per_customer_max: per_customer,
            batches_unfinished_per_caller_max: size(per_caller),
            batches_unfinished_per_customer_per_caller_max: of_customer
                .unwrap_or((per_customer + 1) / 2),
            ..others.clone()
        }
    }
}

fn bytes(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

fn size_of_bytes(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

fn count(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        overload: OverloadOptions,
    }

    fn config(arguments: &[&str]) -> ServerConfig {
        let line = ["serve"].iter().chain(arguments);
        let line = Line::try_parse_from(line).unwrap();
        line.overload.config(&ServerConfig::default())
    }

    #[test]
    fn the_defaults_are_the_servers_and_the_engines() {
        let given = format!("{:?}", config(&[]));
        assert_eq!(given, format!("{:?}", ServerConfig::default()));
        let limits = Line::parse_from(["serve"])
            .overload
            .limits(&Limits::default());
        let given = format!("{limits:?}");
        assert_eq!(given, format!("{:?}", Limits::default()));
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let config = config(&["--calls-per-second-per-caller-max", "0"]);
        assert_eq!(config.calls_per_second_per_caller_max, None);
    }

    #[test]
    fn a_server_that_could_do_nothing_is_refused() {
        for option in [
            "--connections-max",
            "--concurrent-calls-max",
            "--call-seconds-max",
            "--open-streams-max",
            "--request-bytes-max",
            "--request-bytes-per-caller-max",
            "--unfinished-batches-max",
        ] {
            assert!(
                Line::try_parse_from(["serve", option, "0"]).is_err(),
                "{option}"
            );
        }
    }
}
