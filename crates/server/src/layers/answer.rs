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

use crate::error::ServerError;
use crate::limits::{RESPONSE_PART_BYTES, RETRY_QUOTA};
use crate::overload::{
    CallerKey, Exceeded, Held, Probe, Quota, Share, Shares, UnsentPart, UnsentParts,
};

/// Counts the bytes of answers until their peer has taken them, for the server and for each caller,
/// and keeps what a call holds (its slot) until then. The outermost layer: it sees bytes as they go
/// to the transport.
///
/// A peer that does not read stops the transport, which then keeps at most one part of each answer
/// and the one it waits with. Each part says when it is dropped, which is when the transport has
/// written it, or when its stream was reset.
#[derive(Debug, Clone)]
pub(crate) struct AnswerLayer {
    /// The bytes that may wait to be taken.
    pub(crate) bytes: Arc<Shares>,
    /// Those of health and reflection, which other calls' answers never keep back.
    pub(crate) probe_bytes: Arc<Shares>,
}

/// A service whose answers are counted.
#[derive(Debug, Clone)]
pub(crate) struct Answer<S> {
    inner: S,
    layer: AnswerLayer,
}

impl<S> Layer<S> for AnswerLayer {
    type Service = Answer<S>;

    fn layer(&self, inner: S) -> Answer<S> {
        Answer {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request<Body>> for Answer<S>
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
        let answered = self.inner.call(request);
        async move {
            let mut response = answered.await?;
            let held = response.extensions_mut().remove::<Held>();
            Ok(response.map(|body| {
                Body::new(AnswerBody {
                    body,
                    bytes,
                    caller,
                    unsent,
                    answer: Arc::new(AnswerState {
                        waiting: AtomicUsize::new(0),
                        taken: AtomicWaker::new(),
                        _held: held,
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

/// What the parts of one answer share.
#[derive(Debug)]
struct AnswerState {
    /// Parts that the transport holds.
    waiting: AtomicUsize,
    /// Wakes the body when a part was taken.
    taken: AtomicWaker,
    _held: Option<Held>,
}

/// A part of an answer, in the hands of the transport until it is dropped.
struct Part {
    bytes: Bytes,
    answer: Arc<AnswerState>,
    _share: Arc<Share>,
    _unsent: UnsentPart,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.answer.waiting.fetch_sub(1, Ordering::Release);
        self.answer.taken.wake();
    }
}

/// A frame of the answer, handed out part by part. Its memory is free when all parts are.
struct CountedFrame {
    rest: Bytes,
    share: Arc<Share>,
}

struct AnswerBody {
    body: Body,
    bytes: Arc<Shares>,
    caller: CallerKey,
    unsent: Arc<UnsentParts>,
    answer: Arc<AnswerState>,
    frame: Option<CountedFrame>,
    /// Whether the answer had a frame of more than one part.
    large: bool,
    trailers: Option<HeaderMap>,
}

impl AnswerBody {
    /// The next part of the frame at hand.
    fn next_part(&mut self) -> Option<Bytes> {
        let frame = self.frame.as_mut()?;
        let size = frame.rest.len().min(RESPONSE_PART_BYTES);
        let bytes = frame.rest.split_to(size);
        let share = Arc::clone(&frame.share);
        if frame.rest.is_empty() {
            self.frame = None;
        }
        self.answer.waiting.fetch_add(1, Ordering::Relaxed);
        Some(Bytes::from_owner(Part {
            bytes,
            answer: Arc::clone(&self.answer),
            _share: share,
            _unsent: self.unsent.add(),
        }))
    }

    /// Takes a frame's bytes from the caller's share.
    fn count(&mut self, data: Bytes) -> Result<(), Exceeded> {
        let share = Arc::new(self.bytes.take(self.caller, data.len())?);
        self.large |= data.len() > RESPONSE_PART_BYTES;
        self.frame = Some(CountedFrame { rest: data, share });
        Ok(())
    }

    /// Ends an answer for which there is no room.
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

    /// The trailers. Those of a large answer wait until the peer has taken the rest, so that the
    /// stream's task is there to be reset when it does not; a small one is not worth a second write.
    fn poll_trailers(&mut self, context: &Context<'_>) -> Poll<Option<HeaderMap>> {
        if self.large && self.trailers.is_some() {
            self.answer.taken.register(context.waker());
            if self.answer.waiting.load(Ordering::Acquire) > 0 {
                return Poll::Pending;
            }
        }
        Poll::Ready(self.trailers.take())
    }
}

impl http_body::Body for AnswerBody {
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
