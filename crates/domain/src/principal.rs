use std::fmt;

/// The caller of a change, by the name that the journal records.
///
/// As long as callers are not authenticated, every local caller is [`Principal::local`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal(String);

impl Principal {
    /// A principal with the name given by authentication.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A caller that is trusted because it uses the loopback interface.
    #[must_use]
    pub fn local() -> Self {
        Self::new("local")
    }

    /// The server itself, for recovery, expiry and retention.
    #[must_use]
    pub fn system() -> Self {
        Self::new("system")
    }

    /// The name as recorded in the journal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
