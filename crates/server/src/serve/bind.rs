use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::{ServeError, descriptors};
use crate::config::ServerConfig;

/// Listens on an address; port 0 means any free one.
///
/// # Errors
/// Also for an address that others can reach, unless the configuration allows it, and for more
/// connections than the process may have descriptors for.
pub async fn bind(address: SocketAddr, config: &ServerConfig) -> Result<TcpListener, ServeError> {
    check(address, config)?;
    descriptors::connections_max(config.connections_max)?;
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|source| ServeError::Bind { address, source })?;
    if address.ip().is_loopback() {
        tracing::warn!(
            "callers are not authenticated: everyone on this machine is trusted with everything"
        );
    } else {
        tracing::warn!(
            %address,
            "callers are not authenticated: everyone who reaches this address is trusted with \
             everything"
        );
    }
    Ok(listener)
}

/// Refuses addresses that others can reach, unless the configuration allows it.
pub(super) fn check(address: SocketAddr, config: &ServerConfig) -> Result<(), ServeError> {
    if address.ip().is_loopback() || config.allow_remote_without_authentication {
        Ok(())
    } else {
        Err(ServeError::RemoteWithoutAuthentication { address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_loopback_is_listened_on_by_default() {
        let config = ServerConfig::default();
        for local in ["127.0.0.1:0", "[::1]:50051", "127.8.8.8:1"] {
            assert!(check(address(local), &config).is_ok(), "{local}");
        }
        for remote in [
            "0.0.0.0:0",
            "[::]:0",
            "10.0.0.1:50051",
            "[::ffff:127.0.0.1]:0",
        ] {
            assert!(check(address(remote), &config).is_err(), "{remote}");
        }
    }

    #[test]
    fn the_danger_can_be_accepted() {
        let config = ServerConfig {
            allow_remote_without_authentication: true,
            ..ServerConfig::default()
        };
        assert!(check(address("0.0.0.0:0"), &config).is_ok());
    }
}
