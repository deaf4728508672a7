use std::fmt;

/// The caller of a mutation, by the name that the journal records.
///
/// Until callers authenticate, every local caller is [`Principal::local`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal(String);

impl Principal {
    /// A principal under the name that authentication gave it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A caller trusted because it came over the loopback interface.
    #[must_use]
    pub fn local() -> Self {
        Self::new("local")
    }

    /// The server itself: recovery, expiry, retention.
    #[must_use]
    pub fn system() -> Self {
        Self::new("system")
    }

    /// The name as journaled.
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
