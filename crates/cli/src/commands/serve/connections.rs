use std::time::Duration;

use clap::{Args, value_parser};
use seatkeeper_server::{HostName, Network, ServerConfig};

/// Who may connect, for how long, and how callers are told apart.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connections")]
pub(super) struct ConnectionOptions {
    /// How many connections one caller may have open at once; half of --connections-max unless given.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTIONS_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    connections_per_caller_max: Option<u32>,

    /// How many seconds a connection may have no call before it is closed.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTION_IDLE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().connection_idle.as_secs(),
        value_parser = value_parser!(u64).range(1..=86_400)
    )]
    connection_idle_seconds: u64,

    /// How many seconds a connection takes calls before its caller is asked for a new one; calls that
    /// are under way go on.
    #[arg(
        long,
        env = "SEATKEEPER_CONNECTION_AGE_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().connection_age.as_secs(),
        value_parser = value_parser!(u64).range(1..=31_536_000)
    )]
    connection_age_seconds: u64,

    /// How many health and reflection calls may be under way at once, outside of all other calls.
    #[arg(
        long,
        env = "SEATKEEPER_CONCURRENT_PROBES_MAX",
        value_name = "N",
        default_value_t = u32::try_from(ServerConfig::default().concurrent_probes_max)
            .unwrap_or(u32::MAX),
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    concurrent_probes_max: u32,

    /// How many of them one caller may have; half of --concurrent-probes-max unless given.
    #[arg(
        long,
        env = "SEATKEEPER_PROBES_PER_CALLER_MAX",
        value_name = "N",
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    probes_per_caller_max: Option<u32>,

    /// Proxies whose word counts on where their callers call from, by the PROXY protocol or by
    /// x-forwarded-for: addresses or networks such as 10.0.0.0/8. Without them all callers behind a
    /// proxy count as one.
    #[arg(
        long,
        env = "SEATKEEPER_TRUSTED_PROXIES",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    trusted_proxies: Vec<Network>,

    /// Host names under which browsers may call (gRPC-Web). A server that listens on a loopback address
    /// also answers them under loopback names.
    #[arg(
        long,
        env = "SEATKEEPER_ALLOWED_HOSTS",
        value_name = "HOST",
        value_delimiter = ','
    )]
    allowed_hosts: Vec<HostName>,
}

impl ConnectionOptions {
    /// The server's configuration with these options.
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
