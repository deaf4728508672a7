//! The address of a PostgreSQL database.

use std::fmt;
use std::str::FromStr;

use sea_orm::sqlx::postgres::PgConnectOptions;

use crate::{StoreError, StoreResult};

/// The query parameters that a database URL may have. The driver would log an unknown parameter
/// with its value, and a misspelled parameter may carry a password.
const PARAMETERS: [&str; 17] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// The address and login of a PostgreSQL database. It is never shown: it may contain a password.
#[derive(Clone)]
pub(super) struct Address(PgConnectOptions);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Address {
    /// Parses a URL. No error message contains the password.
    pub(super) fn parse(url: &str) -> StoreResult<Self> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(unusable(
                "it does not begin with postgres:// or postgresql://; an SQLite database has no URL, \
                 name its directory with --data-dir",
            ));
        }
        let (location, parameters) = url.split_once('?').unwrap_or((url, ""));
        let path = location.splitn(4, '/').nth(3).unwrap_or_default();
        let keys = || {
            parameters
                .split('&')
                .filter_map(|pair| pair.split('=').next())
        };
        // In such a URL, the part that the driver takes for a database or a parameter is the rest
        // of a password.
        if url.contains('#') || path.contains('@') || keys().any(|key| key.contains('@')) {
            return Err(unusable(
                "a password that contains `/`, `?` or `#` must be percent-encoded",
            ));
        }
        let options = PgConnectOptions::from_str(&with_known_parameters(location, parameters));
        // The driver's error names the wrong part of the URL without its value.
        options
            .map(Self)
            .map_err(|error| unusable(&error.to_string()))
    }

    pub(super) fn options(&self) -> PgConnectOptions {
        self.0.clone()
    }
}

fn with_known_parameters(location: &str, parameters: &str) -> String {
    let mut url = location.to_owned();
    let mut separator = '?';
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let key = pair.split('=').next().unwrap_or_default();
        if PARAMETERS.contains(&key) || key.starts_with("options") {
            url.push(separator);
            url.push_str(pair);
            separator = '&';
        } else {
            tracing::warn!(
                parameter = key,
                "an unknown parameter of the database URL is ignored"
            );
        }
    }
    url
}

fn unusable(what: &str) -> StoreError {
    StoreError::Address {
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
