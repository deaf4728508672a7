//! Where a PostgreSQL database is.

use std::fmt;
use std::str::FromStr;

use sea_orm::sqlx::postgres::PgConnectOptions;

use crate::{StoreError, StoreResult};

/// What a database's URL may say behind its question mark. The driver would log what it doesn't
/// know, with its value, which may be a password under a misspelled name.
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

/// Where a PostgreSQL database is, and how to log in. It is never shown: it may hold a password.
#[derive(Clone)]
pub(super) struct Address(PgConnectOptions);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Address {
    /// Reads a URL. No error repeats its password.
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
        // What the driver takes for a database or a parameter is the rest of a password here.
        if url.contains('#') || path.contains('@') || keys().any(|key| key.contains('@')) {
            return Err(unusable(
                "a password that contains `/`, `?` or `#` must be percent-encoded",
            ));
        }
        let options = PgConnectOptions::from_str(&with_known_parameters(location, parameters));
        // What the driver says of a URL names the part that is wrong, without its value.
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
                "a parameter of the database URL is unknown"
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
