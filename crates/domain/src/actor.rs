use std::fmt;

/// Who asked for a mutation: the name the journal keeps.
///
/// Until callers authenticate, every local caller is [`Actor::local`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor(String);

impl Actor {
    /// An actor under the name that authentication gave it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A caller trusted because it came over the loopback interface.
    #[must_use]
    pub fn local() -> Self {
        Self::new("local")
    }

    /// The server itself: recovery, expiry, upkeep.
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

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
