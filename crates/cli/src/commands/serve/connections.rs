use std::time::Duration;

use clap::{Args, value_parser};
use seatkeeper_server::{HostName, Network, ServerConfig};

/// Limits of connections, and how callers are identified.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connections")]
pub(super) struct ConnectionOptions {
    /// Maximum number of open connections of one caller; default: half of --connections-max.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTIONS_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    connections_per_caller_max: Option<u32>,

    /// Idle timeout of a connection, in seconds: a connection without calls is closed after it.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTION_IDLE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().connection_idle.as_secs(),
        value_parser = value_parser!(u64).range(1..=86_400)
    )]
    connection_idle_seconds: u64,

    /// Maximum age of a connection, in seconds: after it, the server asks the caller to reconnect.
    /// Calls in progress continue.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTION_AGE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().connection_age.as_secs(),
        value_parser = value_parser!(u64).range(1..=31_536_000)
    )]
    connection_age_seconds: u64,

    /// Maximum number of concurrent health and reflection calls, in addition to all other calls.
    #[arg(
        long,
        env = "SEATKEEPER_CONCURRENT_PROBES_MAX",
        value_name = "N",
        default_value_t = u32::try_from(ServerConfig::default().concurrent_probes_max)
            .unwrap_or(u32::MAX),
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    concurrent_probes_max: u32,

    /// Maximum number of concurrent health and reflection calls of one caller; default: half of
    /// --concurrent-probes-max.
    #[arg(
        long,
        env = "SEATKEEPER_PROBES_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    probes_per_caller_max: Option<u32>,

    /// Trusted proxies, as addresses or networks such as 10.0.0.0/8. The server accepts the
    /// caller's address from them by the PROXY protocol or x-forwarded-for. Without this option all
    /// callers behind a proxy count as one caller.
    #[arg(
        long,
        env = "SEATKEEPER_TRUSTED_PROXIES",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    trusted_proxies: Vec<Network>,

    /// Host names that browsers may call (gRPC-Web). A server that listens on a loopback address
    /// also accepts loopback names.
    #[arg(
        long,
        env = "SEATKEEPER_ALLOWED_HOSTS",
        value_name = "HOST",
        value_delimiter = ','
    )]
    allowed_hosts: Vec<HostName>,
}

impl ConnectionOptions {
    /// Returns `others` with these options applied.
    pub(super) fn config(&self, others: &ServerConfig) -> ServerConfig {
        ServerConfig {
            connections_per_caller_max: self.connections_per_caller_max.map(size),
            connection_idle: Duration::from_secs(self.connection_idle_seconds),
            connection_age: Duration::from_secs(self.connection_age_seconds),
            concurrent_probes_max: size(self.concurrent_probes_max),
            probes_per_caller_max: self.probes_per_caller_max.map(size),
            trusted_proxies: self.trusted_proxies.clone(),
            allowed_hosts: self.allowed_hosts.clone(),
            ..others.clone()
        }
    }
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
        connections: ConnectionOptions,
    }

    fn config(arguments: &[&str]) -> Result<ServerConfig, clap::Error> {
        let line = Line::try_parse_from(["serve"].iter().chain(arguments))?;
        Ok(line.connections.config(&ServerConfig::default()))
    }

    #[test]
    fn the_defaults_are_the_servers() {
        let given = format!("{:?}", config(&[]).unwrap());
        assert_eq!(given, format!("{:?}", ServerConfig::default()));
    }

    #[test]
    fn proxies_and_hosts_are_lists() {
        let given = config(&[
            "--trusted-proxies",
            "10.0.0.0/8,::1",
            "--allowed-hosts",
            "a.example,b.example",
        ]);
        let given = given.unwrap();
        assert_eq!(given.trusted_proxies.len(), 2);
        assert_eq!(given.allowed_hosts.len(), 2);
    }

    #[test]
    fn wrong_values_are_refused() {
        for (option, value) in [
            ("--trusted-proxies", "10.0.0.0/99"),
            ("--allowed-hosts", "http://a.example"),
            ("--connections-per-caller-max", "0"),
            ("--connection-idle-seconds", "0"),
            ("--connection-age-seconds", "0"),
            ("--concurrent-probes-max", "0"),
            ("--probes-per-caller-max", "0"),
        ] {
            assert!(config(&[option, value]).is_err(), "{option} {value}");
        }
    }
}
