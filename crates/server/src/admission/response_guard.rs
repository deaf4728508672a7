use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What a response holds until the peer has taken all of it: the permit of its call, for example. An
/// inner layer puts it among the response's extensions, the outermost one keeps it.
#[derive(Clone)]
pub(crate) struct ResponseGuard(
    #[expect(dead_code, reason = "held for its drop")] Arc<dyn Any + Send + Sync>,
);

impl ResponseGuard {
    /// Holds `what` until every clone is dropped.
    pub(crate) fn new(what: impl Send + Sync + 'static) -> Self {
        Self(Arc::new(what))
    }
}

impl fmt::Debug for ResponseGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResponseGuard")
    }
}
