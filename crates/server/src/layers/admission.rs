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
use crate::overload::{
    CallSlot, CallSlots, CallerKey, CallerRates, Held, MethodKind, Methods, Share, StreamSlots,
};

/// Refuses calls of a caller that makes too many, and calls and streams beyond those that may be
/// under way, before anything is done for them. Probes have quotas of their own.
#[derive(Debug, Clone)]
pub(crate) struct AdmissionLayer {
    /// The methods of the contract.
    pub(crate) methods: Arc<Methods>,
    /// Each caller's rate, where there is a limit.
    pub(crate) rates: Option<Arc<CallerRates>>,
    /// The calls under way that have one answer.
    pub(crate) calls: CallSlots,
    /// The open streams of answers.
    pub(crate) streams: StreamSlots,
}

/// A service whose calls are admitted.
#[derive(Debug, Clone)]
pub(crate) struct Admission<S> {
    inner: S,
    layer: AdmissionLayer,
}

/// The room that a call takes until its caller has read the answer.
enum Slot {
    None,
    Call(CallSlot),
    Stream(Share),
}

impl AdmissionLayer {
    /// Admits a call. The caller's own rate is checked first: a caller that exceeds it takes no room
    /// from others.
    fn admit(&self, request: &Request<Body>) -> ServerResult<Slot> {
        let kind = self.methods.kind(request.uri().path());
        if kind == MethodKind::Probe {
            return Ok(Slot::None);
        }
        let caller = CallerKey::of(request.extensions());
        if let Some(rates) = &self.rates {
            rates.count(caller)?;
        }
        match kind {
            MethodKind::ServerStreaming { .. } => self.streams.take(caller).map(Slot::Stream),
            MethodKind::Unary | MethodKind::ClientStreaming | MethodKind::Probe => {
                self.calls.take(caller).map(Slot::Call)
            }
        }
    }
}

impl Slot {
    /// Hands the slot over to the response, which keeps it until the peer has taken all of it.
    fn hold_in(self, response: &mut Response<Body>) {
        let held = match self {
            Self::None => return,
            Self::Call(slot) => {
                slot.answered();
                Held::new(slot)
            }
            Self::Stream(share) => Held::new(share),
        };
        response.extensions_mut().insert(held);
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
                    let mut response = answered.await?;
                    slot.hold_in(&mut response);
                    Ok(response)
                }
                .boxed()
            }
            Err(refused) => ready(Ok(Status::from(refused).into_http())).boxed(),
        }
    }
}
