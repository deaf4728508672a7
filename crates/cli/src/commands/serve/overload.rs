use std::num::NonZeroU32;
use std::time::Duration;

use clap::{Args, value_parser};
use seatkeeper_engine::Limits;
use seatkeeper_server::ServerConfig;

/// The least memory for request messages, in bytes: the largest message and what it decodes to.
const REQUEST_BYTES_MIN: u64 = 32 * 1024 * 1024;

/// What a server takes on at once, before it refuses more.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct OverloadOptions {
    /// How many connections may be open at once; more are closed at once. As many as the process
    /// has file descriptors for, up to 10,000, unless given.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTIONS_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    connections_max: Option<u32>,

    /// How many calls may be under way at once, at work or waiting.
    #[arg(
        long,
        env = "SEATKEEPER_CONCURRENT_CALLS_MAX",
        value_name = "N",
        default_value_t = count(ServerConfig::default().concurrent_calls_max),
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    concurrent_calls_max: u32,

    /// How many of them one caller may have; half of all unless given.
    #[arg(
        long,
        env = "SEATKEEPER_CONCURRENT_CALLS_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    concurrent_calls_per_caller_max: Option<u32>,

    /// How many calls a second may come from one address; 0 for any number.
    #[arg(
        long,
        env = "SEATKEEPER_CALLS_PER_SECOND_PER_CALLER_MAX",
        value_name = "N",
        default_value_t = ServerConfig::default()
            .calls_per_second_per_caller_max
            .map_or(0, NonZeroU32::get)
    )]
    calls_per_second_per_caller_max: u32,

    /// How many seconds a call with one answer may take.
    #[arg(
        long,
        env = "SEATKEEPER_CALL_SECONDS_MAX",
        value_name = "N",
        default_value_t = ServerConfig::default().unary_call_max.as_secs(),
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    call_seconds_max: u64,

    /// How many bytes of memory request messages may take that are being received or handled; more are
    /// refused.
    #[arg(
        long,
        env = "SEATKEEPER_REQUEST_BYTES_MAX",
        value_name = "BYTES",
        default_value_t = bytes(ServerConfig::default().request_bytes_max),
        value_parser = value_parser!(u64).range(REQUEST_BYTES_MIN..)
    )]
    request_bytes_max: u64,

    /// How many of them the messages of one address may take; half unless given.
    #[arg(
        long,
        env = "SEATKEEPER_REQUEST_BYTES_PER_CALLER_MAX",
        value_name = "BYTES",
        value_parser = value_parser!(u64).range(REQUEST_BYTES_MIN..)
    )]
    request_bytes_per_caller_max: Option<u64>,

    /// How many streams may be open at once.
    #[arg(
        long,
        env = "SEATKEEPER_OPEN_STREAMS_MAX",
        value_name = "N",
        default_value_t = count(ServerConfig::default().open_streams_max),
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    open_streams_max: u32,

    /// How many of them one caller may have; half of all unless given.
    #[arg(
        long,
        env = "SEATKEEPER_OPEN_STREAMS_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    open_streams_per_caller_max: Option<u32>,

    /// How many seconds a caller may take to send the message that the server waits for.
    #[arg(
        long,
        env = "SEATKEEPER_REQUEST_IDLE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().request_idle_max.as_secs(),
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    request_idle_seconds: u64,

    /// How many bytes of answers may wait for callers to read them; more answers are refused.
    #[arg(
        long,
        env = "SEATKEEPER_RESPONSE_BYTES_MAX",
        value_name = "N",
        default_value_t = ServerConfig::default().response_bytes_max,
    )]
    response_bytes_max: usize,

    /// How many of them may wait for one caller; half of all unless given.
    #[arg(
        long,
        env = "SEATKEEPER_RESPONSE_BYTES_PER_CALLER_MAX",
        value_name = "N"
    )]
    response_bytes_per_caller_max: Option<usize>,

    /// How many seconds a caller may take nothing of an answer before its stream is reset.
    #[arg(
        long,
        env = "SEATKEEPER_UNREAD_RESPONSE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().unread_response_max.as_secs(),
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    unread_response_seconds: u64,

    /// How many batches that are not finished this server may have.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_MAX",
        value_name = "N",
        default_value_t = count(Limits::default().batches_unfinished_per_server_max),
        value_parser = value_parser!(u32).range(1..=100_000)
    )]
    unfinished_batches_max: u32,

    /// How many of them one customer may have.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_PER_CUSTOMER_MAX",
        value_name = "N",
        default_value_t = Limits::default().batches_unfinished_per_customer_max,
        value_parser = value_parser!(i64).range(1..=10_000)
    )]
    unfinished_batches_per_customer_max: i64,

    /// How many unfinished batches one caller may have on this server; half of all unless given.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=100_000)
    )]
    unfinished_batches_per_caller_max: Option<u32>,

    /// How many of them for one customer; half of a customer's unless given.
    #[arg(
        long,
        env = "SEATKEEPER_UNFINISHED_BATCHES_PER_CUSTOMER_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(i64).range(1..=10_000)
    )]
    unfinished_batches_per_customer_per_caller_max: Option<i64>,
}

impl OverloadOptions {
    /// The server's configuration with these limits.
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

    /// The engine's limits with these.
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
