use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::admission::{MethodKind, Methods};
use crate::error::ServerError;

/// The header with the caller's timeout for its call.
const TIMEOUT_HEADER: &str = "grpc-timeout";

/// The time between the response and the caller's timeout, so that the response arrives in time.
const RESPONSE_MARGIN: Duration = Duration::from_millis(5);

/// Ends calls at the timeout of their caller, and unary calls also at the timeout of the server.
/// The call's changes may be committed or not, as when a caller disconnects.
#[derive(Debug, Clone)]
pub(crate) struct DeadlineLayer {
    /// The methods of the API.
    pub(crate) methods: Arc<Methods>,
    /// The server's timeout for a unary call; a caller can't extend it.
    pub(crate) unary_call_max: Duration,
}

/// A service whose calls have a deadline.
#[derive(Debug, Clone)]
pub(crate) struct Deadline<S> {
    inner: S,
    layer: DeadlineLayer,
}

impl DeadlineLayer {
    /// The timeout of a call; `None` for no timeout.
    fn timeout(&self, request: &Request<Body>) -> Option<Duration> {
        let client_timeout = client_timeout(request.headers());
        match self.methods.kind(request.uri().path()) {
            MethodKind::Unary => Some(
                self.unary_call_max
                    .min(client_timeout.unwrap_or(Duration::MAX)),
            ),
            MethodKind::ClientStreaming
            | MethodKind::ServerStreaming { .. }
            | MethodKind::Probe => client_timeout,
        }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request<Body>> for Deadline<S>
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
        let timeout = self.layer.timeout(&request);
        let pending = self.inner.call(request);
        // A caller's timeout of hundreds of years would overflow the clock; it means no timeout.
        let end = timeout.and_then(|timeout| Some((Instant::now().checked_add(timeout)?, timeout)));
        let Some((end, timeout)) = end else {
            return pending.boxed();
        };
        async move {
            match tokio::time::timeout_at(end, pending).await {
                Ok(answer) => answer.map(|response| {
                    response.map(|body| {
                        Body::new(TimeoutBody {
                            body,
                            timeout,
                            end: Some(Box::pin(sleep_until(end))),
                        })
                    })
                }),
                Err(_) => Ok(exceeded(timeout).into_http()),
            }
        }
        .boxed()
    }
}

fn exceeded(timeout: Duration) -> Status {
    ServerError::DeadlineExceeded { timeout }.into()
}

/// The caller's timeout minus the margin for the response.
fn client_timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(TIMEOUT_HEADER)?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let amount = digits.parse::<u64>().ok()?;
    let client_timeout = match unit {
        "H" => Duration::from_hours(amount),
        "M" => Duration::from_mins(amount),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    };
    Some(client_timeout.saturating_sub(RESPONSE_MARGIN))
}

/// The body of a response that ends at the deadline, complete or not.
struct TimeoutBody {
    body: Body,
    timeout: Duration,
    /// `None` after the deadline.
    end: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for TimeoutBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(end) = &mut this.end else {
            return Poll::Ready(None);
        };
        if end.as_mut().poll(context).is_pending() {
            return Pin::new(&mut this.body).poll_frame(context);
        }
        this.end = None;
        // Drops the source of the response now, not when the last byte was read.
        this.body = Body::empty();
        let mut trailers = HeaderMap::new();
        let added = exceeded(this.timeout).add_header(&mut trailers);
        Poll::Ready(Some(added.map(|()| Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.end.is_none() || self.body.is_end_stream()
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

    const UNARY: &str = "/seatkeeper.v1.LicenseService/UpdateUserLicenses";
    const STREAM: &str = "/seatkeeper.v1.BatchService/StreamBatchResults";

    fn request(path: &str, timeout: Option<&str>) -> Request<Body> {
        let mut request = Request::builder().uri(path);
        if let Some(timeout) = timeout {
            request = request.header(TIMEOUT_HEADER, timeout);
        }
        request.body(Body::empty()).unwrap()
    }

    fn layer() -> DeadlineLayer {
        DeadlineLayer {
            methods: Arc::new(Methods::of_contract()),
            unary_call_max: Duration::from_mins(1),
        }
    }

    fn timeout(path: &str, timeout: Option<&str>) -> Option<Duration> {
        layer().timeout(&request(path, timeout))
    }

    #[test]
    fn single_calls_have_a_deadline_even_if_their_caller_names_none() {
        assert_eq!(timeout(UNARY, None), Some(Duration::from_mins(1)));
        assert_eq!(timeout(STREAM, None), None);
    }

    #[test]
    fn the_shorter_of_both_counts() {
        assert_eq!(timeout(UNARY, Some("2H")), Some(Duration::from_mins(1)));
        assert_eq!(timeout(UNARY, Some("1005m")), Some(Duration::from_secs(1)));
        assert_eq!(timeout(STREAM, Some("1005m")), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_timeout_that_is_not_one_is_passed_over() {
        for nonsense in ["", "S", "1", "1x", "-1S", "123456789S", "1 S", "é"] {
            assert_eq!(timeout(STREAM, Some(nonsense)), None, "{nonsense:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_never_answers_is_ended() {
        let silent = tower::service_fn(|_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, Infallible>>()
        });
        let answer = layer().layer(silent).oneshot(request(UNARY, None)).await;
        let status = Status::from_header_map(answer.unwrap().headers()).unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_goes_on_for_too_long_ends_with_a_status() {
        let endless = tower::service_fn(|_: Request<Body>| async {
            let body = Body::new(silent_body());
            Ok::<_, Infallible>(Response::new(body))
        });
        let request = request(STREAM, Some("1S"));
        let answer = layer().layer(endless).oneshot(request).await.unwrap();
        let mut body = answer.into_body();
        let next = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let trailers = next.await.unwrap().unwrap().into_trailers().unwrap();
        let status = Status::from_header_map(&trailers).unwrap();
        assert_eq!(status.code(), Code::DeadlineExceeded);
        assert!(body.is_end_stream());
    }

    /// A body without any frame or end.
    fn silent_body() -> impl http_body::Body<Data = Bytes, Error = Status> + Send {
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
        Silent
    }
}
