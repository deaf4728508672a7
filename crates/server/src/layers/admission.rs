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

/// Refuses calls of a caller that makes too many, and calls and streams beyond those that may be
/// under way, before anything is done for them. Probes have quotas of their own.
#[derive(Debug, Clone)]
pub(crate) struct AdmissionLayer {
    /// The methods of the contract.
    pub(crate) methods: Arc<Methods>,
    /// Each caller's rate, where there is a limit.
    pub(crate) rate_limiter: Option<Arc<CallerRateLimiter>>,
    /// The calls under way that have one answer.
    pub(crate) calls: ConcurrencyLimit,
    /// The open streams of answers.
    pub(crate) streams: StreamLimit,
}

/// A service whose calls are admitted.
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
    /// Admits a call. The caller's own rate is checked first: a caller that exceeds it takes no room
    /// from others.
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
    /// Hands the permit over to the response, which keeps it until the peer has taken all of it.
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
