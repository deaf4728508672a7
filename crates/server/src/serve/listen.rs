use std::net::SocketAddr;

use super::{ServeError, descriptors};
use crate::config::ServerConfig;

impl ServerConfig {
    /// Checks that the server may listen on an address, before it does, and logs that callers are
    /// trusted.
    ///
    /// # Errors
    /// When remote callers can reach the address and the configuration does not allow it. When the
    /// configured connections exceed the file descriptors.
    pub fn check_listen(&self, address: SocketAddr) -> Result<(), ServeError> {
        check(address, self)?;
        descriptors::connections_max(self.connections_max)?;
        warn_of_trust(address);
        Ok(())
    }
}

/// Logs that callers are trusted without authentication.
fn warn_of_trust(address: SocketAddr) {
    if address.ip().is_loopback() {
        tracing::warn!(
            "callers are not authenticated: any caller on this machine is trusted with everything"
        );
    } else {
        tracing::warn!(
            %address,
            "callers are not authenticated: any caller that reaches this address is trusted with \
             everything"
        );
    }
}

/// Rejects addresses that remote callers can reach, unless the configuration allows them.
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
