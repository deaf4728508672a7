use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::admission::{
    CallPermit, CallerKey, CallerRateLimiter, ConcurrencyLimit, LimitPermit, MethodKind, Methods,
    ResponseGuard, StreamLimit,
};
use crate::error::ServerResult;

/// Applies the rate limit of each caller and the limits of calls and streams under way. It rejects
/// a call before any work is done for it. Probes have quotas of their own.
#[derive(Debug, Clone)]
pub(crate) struct AdmissionLayer {
    /// The methods of the API.
    pub(crate) methods: Arc<Methods>,
    /// The rate limit of each caller, if configured.
    pub(crate) rate_limiter: Option<Arc<CallerRateLimiter>>,
    /// The limit of calls with one response.
    pub(crate) calls: ConcurrencyLimit,
    /// The limit of open response streams.
    pub(crate) streams: StreamLimit,
}

/// A service that admits calls within the limits.
#[derive(Debug, Clone)]
pub(crate) struct Admission<S> {
    inner: S,
    layer: AdmissionLayer,
}

/// The permit of a call, held until its caller has read the response.
enum Permit {
    None,
    Call(CallPermit),
    Stream(LimitPermit),
}

impl AdmissionLayer {
    /// Admits a call. The caller's rate limit is checked first, so that a caller that exceeds it
    /// takes no permits from others.
    fn admit(&self, request: &Request<Body>) -> ServerResult<Permit> {
        let kind = self.methods.kind(request.uri().path());
        if kind == MethodKind::Probe {
            return Ok(Permit::None);
        }
        let caller = CallerKey::of(request.extensions());
        if let Some(limiter) = &self.rate_limiter {
            limiter.check(caller)?;
        }
        match kind {
            MethodKind::ServerStreaming { .. } => self.streams.acquire(caller).map(Permit::Stream),
            MethodKind::Unary | MethodKind::ClientStreaming | MethodKind::Probe => {
                self.calls.acquire(caller).map(Permit::Call)
            }
        }
    }
}

impl Permit {
    /// Attaches the permit to the response, which holds it until the peer has read all of it.
    fn attach_to(self, response: &mut Response<Body>) {
        let guard = match self {
            Self::None => return,
            Self::Call(permit) => {
                permit.record_latency();
                ResponseGuard::new(permit)
            }
            Self::Stream(permit) => ResponseGuard::new(permit),
        };
        response.extensions_mut().insert(guard);
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
            Ok(permit) => {
                let pending = self.inner.call(request);
                async move {
                    let mut response = pending.await?;
                    permit.attach_to(&mut response);
                    Ok(response)
                }
                .boxed()
            }
            Err(refused) => ready(Ok(Status::from(refused).into_http())).boxed(),
        }
    }
}
