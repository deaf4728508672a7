use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::task::AtomicWaker;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::admission::{
    CallerKey, Exceeded, LimitPermit, Probe, Quota, ResponseGuard, SharedLimit, UnsentPart,
    UnsentParts,
};
use crate::error::ServerError;
use crate::limits::{RESPONSE_PART_BYTES, RETRY_QUOTA};

/// Counts response bytes until their peer has read them, for the server and for each caller, and
/// holds the call's permit until then. It is the outermost layer, so that it sees the bytes as they
/// go to the transport.
///
/// The transport stops when a peer does not read. It then keeps at most one part of each response,
/// and one more that waits. The transport drops a part when it has written it, or when the stream
/// was reset; the drop ends the count.
#[derive(Debug, Clone)]
pub(crate) struct ResponseBodyLayer {
    /// The limit of unread response bytes.
    pub(crate) bytes: Arc<SharedLimit>,
    /// The limit for health and reflection, so that other responses can't block them.
    pub(crate) probe_bytes: Arc<SharedLimit>,
}

/// A service whose response bytes are counted.
#[derive(Debug, Clone)]
pub(crate) struct ResponseBody<S> {
    inner: S,
    layer: ResponseBodyLayer,
}

impl<S> Layer<S> for ResponseBodyLayer {
    type Service = ResponseBody<S>;

    fn layer(&self, inner: S) -> ResponseBody<S> {
        ResponseBody {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request<Body>> for ResponseBody<S>
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
        let extensions = request.extensions();
        let caller = CallerKey::of(extensions);
        let unsent = extensions.get::<Arc<UnsentParts>>().cloned();
        let unsent = unsent.unwrap_or_default();
        let bytes = match Probe::at(request.uri().path()) {
            Some(_) => Arc::clone(&self.layer.probe_bytes),
            None => Arc::clone(&self.layer.bytes),
        };
        let pending = self.inner.call(request);
        async move {
            let mut response = pending.await?;
            let guard = response.extensions_mut().remove::<ResponseGuard>();
            Ok(response.map(|body| {
                Body::new(CountedBody {
                    body,
                    bytes,
                    caller,
                    unsent,
                    response: Arc::new(ResponseState {
                        waiting: AtomicUsize::new(0),
                        taken: AtomicWaker::new(),
                        _guard: guard,
                    }),
                    frame: None,
                    large: false,
                    trailers: None,
                })
            }))
        }
        .boxed()
    }
}

/// The state that all parts of one response share.
#[derive(Debug)]
struct ResponseState {
    /// How many parts the transport holds.
    waiting: AtomicUsize,
    /// Wakes the body when the transport drops a part.
    taken: AtomicWaker,
    _guard: Option<ResponseGuard>,
}

/// A part of a response, held by the transport until it is dropped.
struct Part {
    bytes: Bytes,
    response: Arc<ResponseState>,
    _permit: Arc<LimitPermit>,
    _unsent: UnsentPart,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.response.waiting.fetch_sub(1, Ordering::Release);
        self.response.taken.wake();
    }
}

/// A frame of the response, sent part by part. Its memory is free when all parts are dropped.
struct CountedFrame {
    rest: Bytes,
    permit: Arc<LimitPermit>,
}

struct CountedBody {
    body: Body,
    bytes: Arc<SharedLimit>,
    caller: CallerKey,
    unsent: Arc<UnsentParts>,
    response: Arc<ResponseState>,
    frame: Option<CountedFrame>,
    /// Whether the response had a frame of more than one part.
    large: bool,
    trailers: Option<HeaderMap>,
}

impl CountedBody {
    /// The next part of the current frame.
    fn next_part(&mut self) -> Option<Bytes> {
        let frame = self.frame.as_mut()?;
        let size = frame.rest.len().min(RESPONSE_PART_BYTES);
        let bytes = frame.rest.split_to(size);
        let permit = Arc::clone(&frame.permit);
        if frame.rest.is_empty() {
            self.frame = None;
        }
        self.response.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Bytes::from_owner(Part {
            bytes,
            response: Arc::clone(&self.response),
            _permit: permit,
            _unsent: self.unsent.add(),
        }))
    }

    /// Counts a frame's bytes against the caller's limit.
    fn count(&mut self, data: Bytes) -> Result<(), Exceeded> {
        let permit = Arc::new(self.bytes.acquire(self.caller, data.len())?);
        self.large |= data.len() > RESPONSE_PART_BYTES;
        self.frame = Some(CountedFrame { rest: data, permit });
        Ok(())
    }

    /// Ends a response that exceeds the limit.
    fn refuse(&mut self, exceeded: Exceeded) -> Result<HeaderMap, Status> {
        self.body = Body::empty();
        let refused: Status = ServerError::QuotaExceeded {
            quota: Quota::ResponseBytes,
            exceeded,
            caller: self.caller,
            retry: RETRY_QUOTA,
        }
        .into();
        let mut trailers = HeaderMap::new();
        refused.add_header(&mut trailers)?;
        Ok(trailers)
    }

    /// The trailers. Those of a large response wait until the peer has read all parts: until then,
    /// the stream's task exists and can be reset. A small response is sent together with its
    /// trailers.
    fn poll_trailers(&mut self, context: &Context<'_>) -> Poll<Option<HeaderMap>> {
        if self.large && self.trailers.is_some() {
            self.response.taken.register(context.waker());
            if self.response.waiting.load(Ordering::Acquire) > 0 {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.trailers.take())
    }
}

impl http_body::Body for CountedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        loop {
            if let Some(part) = this.next_part() {
                return Poll::Ready(Some(Ok(Frame::data(part))));
            }
            if this.trailers.is_some() {
                let polled = this.poll_trailers(context);
                return polled.map(|trailers| trailers.map(|it| Ok(Frame::trailers(it))));
            }
            let frame = match std::task::ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            match frame.into_data() {
                Ok(data) if data.is_empty() => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Ok(data) => {
                    if let Err(exceeded) = this.count(data) {
                        match this.refuse(exceeded) {
                            Ok(trailers) => this.trailers = Some(trailers),
                            Err(error) => return Poll::Ready(Some(Err(error))),
                        }
                    }
                }
                Err(frame) => match frame.into_trailers() {
                    Ok(trailers) => this.trailers = Some(trailers),
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.frame.is_none() && self.trailers.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
