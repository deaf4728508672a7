use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::error::ServerResult;
use crate::overload::{CallSlot, CallSlots, CallerKey, CallerRates, MethodKind, Methods};

/// Refuses calls of a caller who makes too many, and calls beyond those that may be under way, before
/// anything is done for them. Probes always pass.
#[derive(Debug, Clone)]
pub(crate) struct AdmissionLayer {
    /// The methods of the contract.
    pub(crate) methods: Arc<Methods>,
    /// Each caller's rate, where there is a limit.
    pub(crate) rates: Option<Arc<CallerRates>>,
    /// The calls under way.
    pub(crate) calls: CallSlots,
}

/// A service whose calls are admitted.
#[derive(Debug, Clone)]
pub(crate) struct Admission<S> {
    inner: S,
    layer: AdmissionLayer,
}

impl AdmissionLayer {
    /// Admits a call. The caller's own rate comes first: whoever exceeds it takes no room from others.
    fn admit(&self, request: &Request<Body>) -> ServerResult<Option<CallSlot>> {
        if self.methods.kind(request.uri().path()) == MethodKind::Probe {
            return Ok(None);
        }
        if let Some(rates) = &self.rates {
            rates.count(CallerKey::of(request.extensions()))?;
        }
        self.calls.take().map(Some)
    }
}

impl<S> Layer<S> for AdmissionLayer {
    type Service = Admission<S>;

    fn layer(&self, inner: S) -> Admission<S> {
        Admission {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request<Body>> for Admission<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match self.layer.admit(&request) {
            Ok(slot) => {
                let answered = self.inner.call(request);
                async move {
                    let response = answered.await;
                    drop(slot);
                    response
                }
                .boxed()
            }
            Err(refused) => ready(Ok(Status::from(refused).into_http())).boxed(),
        }
    }
}
