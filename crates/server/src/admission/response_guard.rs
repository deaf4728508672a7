use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What a response holds until the peer has read all of it, such as the permit of its call. An
/// inner layer puts it into the extensions of the response; the outermost layer takes it from
/// there.
#[derive(Clone)]
pub(crate) struct ResponseGuard(
    #[expect(dead_code, reason = "held for its drop")] Arc<dyn Any + Send + Sync>,
);

impl ResponseGuard {
    /// Keeps `what` until every clone is dropped.
    pub(crate) fn new(what: impl Send + Sync + 'static) -> Self {
        Self(Arc::new(what))
    }
}

impl fmt::Debug for ResponseGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResponseGuard")
    }
}
