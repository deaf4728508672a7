use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::admission::Methods;
use crate::error::ServerError;
use crate::services::BodyEnd;

/// Watches the bodies of requests: detects whether a body ends or is aborted, and applies the
/// timeout to the single message of a call. Streams of requests have a timeout between messages,
/// where they are read.
#[derive(Debug, Clone)]
pub(crate) struct RequestBodyLayer {
    /// The methods of the API.
    pub(crate) methods: Arc<Methods>,
    /// The timeout for the single message of a call.
    pub(crate) timeout: Duration,
}

/// A service whose request bodies are watched.
#[derive(Debug, Clone)]
pub(crate) struct RequestBody<S> {
    inner: S,
    layer: RequestBodyLayer,
}

impl<S> Layer<S> for RequestBodyLayer {
    type Service = RequestBody<S>;

    fn layer(&self, inner: S) -> RequestBody<S> {
        RequestBody {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request<Body>> for RequestBody<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.inner.call(self.layer.watch(request))
    }
}

impl RequestBodyLayer {
    fn watch(&self, mut request: Request<Body>) -> Request<Body> {
        let one_message = self.methods.kind(request.uri().path()).has_one_request();
        let end = BodyEnd::default();
        // Only HTTP/2 reports an aborted body; over HTTP/1 there are no request streams.
        let reports_end = request.version() == Version::HTTP_2;
        if reports_end {
            request.extensions_mut().insert(end.clone());
        }
        let timeout = one_message.then_some(self.timeout);
        request.map(|body| {
            Body::new(WatchedBody {
                body,
                end: reports_end.then_some(end),
                timeout,
                timer: None,
            })
        })
    }
}

struct WatchedBody {
    body: Body,
    end: Option<BodyEnd>,
    /// The timeout for the whole body; `None` for no timeout.
    timeout: Option<Duration>,
    /// Started when the server first waits: most bodies are complete at once.
    timer: Option<Pin<Box<Sleep>>>,
}

impl WatchedBody {
    fn mark_aborted(&self) {
        if let Some(end) = &self.end {
            end.mark_aborted();
        }
    }

    /// Ends the wait for a body at the timeout.
    fn poll_timeout(&mut self, context: &mut Context<'_>) -> Poll<Option<Status>> {
        let Some(timeout) = self.timeout else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
        timer
            .as_mut()
            .poll(context)
            .map(|()| Some(ServerError::RequestIdle { timeout }.into()))
    }
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            // After a reset with CANCEL the body ends, but without the flag for the end of the
            // stream.
            Poll::Ready(None) if !self.body.is_end_stream() => self.mark_aborted(),
            Poll::Ready(Some(Err(_))) => self.mark_aborted(),
            Poll::Ready(None | Some(Ok(_))) => {}
            Poll::Pending => return self.poll_timeout(context).map(|late| late.map(Err)),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Empty, StreamBody};
    use tonic::Code;

    use super::*;

    const UNARY: &str = "/seatkeeper.v1.LicenseService/UpdateUserLicenses";
    const UPLOAD: &str = "/seatkeeper.v1.DirectoryService/ImportUsers";
    const TIMEOUT: Duration = Duration::from_mins(1);

    fn watched(path: &str, body: Body) -> Body {
        let layer = RequestBodyLayer {
            methods: Arc::new(Methods::of_contract()),
            timeout: TIMEOUT,
        };
        let request = Request::builder().uri(path).version(Version::HTTP_2);
        layer.watch(request.body(body).unwrap()).into_body()
    }

    /// A body without any frame or end.
    fn silent() -> Body {
        let frames = futures::stream::pending::<Result<Frame<Bytes>, Status>>();
        Body::new(StreamBody::new(frames))
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_a_body_is_ended_with_the_name_of_the_limit() {
        let error = watched(UNARY, silent()).frame().await.unwrap().unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_of_requests_is_not_timed_as_a_whole() {
        let mut body = watched(UPLOAD, silent());
        let waited = tokio::time::timeout(TIMEOUT * 10, body.frame()).await;
        assert!(waited.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_is_there_needs_no_timer() {
        assert!(
            watched(UNARY, Body::new(Empty::new()))
                .frame()
                .await
                .is_none()
        );
    }
}
