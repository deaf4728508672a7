use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, ready};
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::admission::{CallerKey, LimitPermit, Probe, Quota, ResponseGuard, SharedLimit};
use crate::error::ServerError;
use crate::limits::{HEALTH_WATCH_MAX, PROBE_RESPONSE_MAX, REFLECTION_IDLE, RETRY_QUOTA};

/// Counts health and reflection calls apart from all other calls, and ends those that take too
/// long. A call counts until its peer has read the whole response, or its stream was reset.
#[derive(Debug, Clone)]
pub(crate) struct ProbesLayer {
    limit: Arc<SharedLimit>,
}

/// A service whose probes are counted.
#[derive(Debug, Clone)]
pub(crate) struct Probed<S> {
    inner: S,
    limit: Arc<SharedLimit>,
}

impl ProbesLayer {
    /// The limits of probes under way, for the server and for each caller.
    pub(crate) fn new(concurrent_max: usize, per_caller_max: usize) -> Self {
        Self {
            limit: SharedLimit::new(concurrent_max, per_caller_max),
        }
    }
}

impl<S> Layer<S> for ProbesLayer {
    type Service = Probed<S>;

    fn layer(&self, inner: S) -> Probed<S> {
        Probed {
            inner,
            limit: Arc::clone(&self.limit),
        }
    }
}

type HttpResult = Result<Response<Body>, Infallible>;

impl<S> Service<Request<Body>> for Probed<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, HttpResult>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(probe) = Probe::at(request.uri().path()) else {
            return Either::Left(self.inner.call(request));
        };
        let caller = CallerKey::of(request.extensions());
        let permit = match self.limit.acquire(caller, 1) {
            Ok(permit) => permit,
            Err(exceeded) => {
                let refused = ServerError::QuotaExceeded {
                    quota: Quota::Probes,
                    exceeded,
                    caller,
                    retry: RETRY_QUOTA,
                };
                return Either::Right(ready(Ok(Status::from(refused).into_http())).boxed());
            }
        };
        let silent = Arc::new(AtomicBool::new(false));
        let request = match probe {
            Probe::Reflection => {
                request.map(|body| Body::new(ReflectionRequests::new(body, &silent)))
            }
            Probe::HealthCheck | Probe::HealthWatch => request,
        };
        let pending = self.inner.call(request);
        Either::Right(respond(pending, probe, permit, silent).boxed())
    }
}

async fn respond(
    pending: impl Future<Output = HttpResult>,
    probe: Probe,
    permit: LimitPermit,
    silent: Arc<AtomicBool>,
) -> HttpResult {
    let Ok(response) = timeout(PROBE_RESPONSE_MAX, pending).await else {
        return Ok(ended(PROBE_RESPONSE_MAX).into_http());
    };
    let end = match probe {
        Probe::HealthWatch => Some(Box::pin(sleep(HEALTH_WATCH_MAX))),
        Probe::HealthCheck | Probe::Reflection => None,
    };
    response.map(|mut response| {
        response.extensions_mut().insert(ResponseGuard::new(permit));
        response.map(|body| Body::new(ProbeResponse { body, end, silent }))
    })
}

/// The status of a health call that reached the longest time it may be open.
fn ended(timeout: Duration) -> Status {
    ServerError::ProbeEnded { timeout }.into()
}

/// The status of a reflection call without a request within the timeout.
fn idle() -> Status {
    let timeout = REFLECTION_IDLE;
    ServerError::RequestIdle { timeout }.into()
}

fn trailers(status: &Status) -> Result<Frame<Bytes>, Status> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers)?;
    Ok(Frame::trailers(trailers))
}

/// The requests of a reflection call; they end after the idle timeout.
struct ReflectionRequests {
    body: Body,
    idle: Pin<Box<Sleep>>,
    silent: Arc<AtomicBool>,
}

impl ReflectionRequests {
    fn new(body: Body, silent: &Arc<AtomicBool>) -> Self {
        Self {
            body,
            idle: Box::pin(sleep(REFLECTION_IDLE)),
            silent: Arc::clone(silent),
        }
    }
}

impl http_body::Body for ReflectionRequests {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            let end = Instant::now() + REFLECTION_IDLE;
            self.idle.as_mut().reset(end);
            return polled;
        }
        if self.idle.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.silent.store(true, Ordering::Release);
        Poll::Ready(Some(Err(idle())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The response to a probe.
struct ProbeResponse {
    body: Body,
    /// When the response ends, complete or not. `None` after that.
    end: Option<Pin<Box<Sleep>>>,
    /// Whether the requests timed out. Reflection then ends with status OK, which is replaced by
    /// the status of the timeout.
    silent: Arc<AtomicBool>,
}

impl http_body::Body for ProbeResponse {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Some(end) = &mut this.end
            && end.as_mut().poll(context).is_ready()
        {
            this.end = None;
            this.body = Body::empty();
            return Poll::Ready(Some(trailers(&ended(HEALTH_WATCH_MAX))));
        }
        let polled = Pin::new(&mut this.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame)))
                if frame.is_trailers() && this.silent.load(Ordering::Acquire) =>
            {
                Poll::Ready(Some(trailers(&idle())))
            }
            Poll::Ready(_) | Poll::Pending => polled,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;
    use tonic::Code;
    use tower::ServiceExt as _;

    use super::*;

    const CHECK: &str = "/grpc.health.v1.Health/Check";
    const WATCH: &str = "/grpc.health.v1.Health/Watch";
    const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const CALL: &str = "/seatkeeper.v1.BatchService/GetBatch";

    /// A body without any frame or end.
    struct Silent;

    impl http_body::Body for Silent {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            Poll::Pending
        }
    }

    /// A body that ends with status OK when the requests have ended, like that of reflection.
    struct UntilRequestsEnd(Body);

    impl http_body::Body for UntilRequestsEnd {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            match Pin::new(&mut self.0).poll_frame(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(_) => {
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", "0".parse().unwrap());
                    Poll::Ready(Some(Ok(Frame::trailers(trailers))))
                }
            }
        }
    }

    async fn open(probes: &ProbesLayer, path: &str, caller: u8) -> Response<Body> {
        let endless = tower::service_fn(|request: Request<Body>| async {
            let body = match Probe::at(request.uri().path()) {
                Some(Probe::Reflection) => Body::new(UntilRequestsEnd(request.into_body())),
                Some(Probe::HealthCheck | Probe::HealthWatch) | None => Body::new(Silent),
            };
            Ok::<_, Infallible>(Response::new(body))
        });
        let mut request = Request::post(path).body(Body::new(Silent)).unwrap();
        let caller = CallerKey::of_address([192, 0, 2, caller].into());
        request.extensions_mut().insert(caller);
        probes.layer(endless).oneshot(request).await.unwrap()
    }

    fn refused(response: &Response<Body>) -> bool {
        Status::from_header_map(response.headers())
            .is_some_and(|status| status.code() == Code::ResourceExhausted)
    }

    #[tokio::test]
    async fn one_caller_has_its_share_of_the_probes() {
        let probes = ProbesLayer::new(4, 2);
        let first = open(&probes, WATCH, 1).await;
        let _second = open(&probes, REFLECTION, 1).await;
        assert!(refused(&open(&probes, CHECK, 1).await));
        assert!(!refused(&open(&probes, CHECK, 2).await));
        drop(first);
        assert!(!refused(&open(&probes, CHECK, 1).await));
    }

    #[tokio::test]
    async fn the_server_has_a_bound_for_all_probes() {
        let probes = ProbesLayer::new(2, 1);
        let (_first, _second) = (open(&probes, WATCH, 1).await, open(&probes, WATCH, 2).await);
        assert!(refused(&open(&probes, CHECK, 3).await));
    }

    #[tokio::test]
    async fn other_calls_are_not_counted() {
        let probes = ProbesLayer::new(0, 0);
        assert!(!refused(&open(&probes, CALL, 1).await));
    }

    /// The time until a body ends, and its last status.
    async fn end(response: Response<Body>) -> (Duration, Status) {
        let begun = Instant::now();
        let (_parts, mut body) = response.into_parts();
        let next = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let trailers = next.await.unwrap().unwrap().into_trailers().unwrap();
        (begun.elapsed(), Status::from_header_map(&trailers).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_ends_after_its_time_and_frees_its_permit() {
        let probes = ProbesLayer::new(1, 1);
        let (taken, status) = end(open(&probes, WATCH, 1).await).await;
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert!(
            taken >= HEALTH_WATCH_MAX && taken < HEALTH_WATCH_MAX * 2,
            "{taken:?}"
        );
        assert_eq!(probes.limit.used_total(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn reflection_that_is_asked_nothing_ends_with_a_status() {
        let probes = ProbesLayer::new(1, 1);
        let (taken, status) = end(open(&probes, REFLECTION, 1).await).await;
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(
            taken >= REFLECTION_IDLE && taken < REFLECTION_IDLE * 2,
            "{taken:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_is_not_answered_is_ended() {
        let probes = ProbesLayer::new(1, 1);
        let never = tower::service_fn(|_: Request<Body>| std::future::pending::<HttpResult>());
        let request = Request::post(CHECK).body(Body::empty()).unwrap();
        let response = probes.layer(never).oneshot(request).await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert_eq!(probes.limit.used_total(), 0);
    }
}
