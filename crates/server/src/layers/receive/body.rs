use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::message::{CountedMemory, ReceivedMessage, Receiver};
use crate::admission::{BlockingPool, LimitPermit};
use crate::error::{ServerError, ServerResult};

/// The counted memory of a single request; it is held until the call has its response.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryGuard(Arc<Mutex<Option<LimitPermit>>>);

impl MemoryGuard {
    pub(super) fn take(&self) -> Option<LimitPermit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, permit: Option<LimitPermit>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = permit;
    }
}

/// The body of a request as whole messages: each frame is one message, decompressed and checked.
pub(super) struct MessageBody {
    body: Body,
    receiver: Receiver,
    pool: BlockingPool,
    held: MemoryGuard,
    /// Bytes of incomplete messages.
    buffer: BytesMut,
    /// The memory counted for the buffer, or for the last message delivered.
    counted: CountedMemory,
    /// Whether `counted` belongs to the last message delivered.
    delivered: bool,
    /// How many messages were received.
    messages: usize,
    step: Step,
}

enum Step {
    Receiving,
    /// The blocking pool prepares a large message.
    Preparing(BoxFuture<'static, ServerResult<ReceivedMessage>>),
    /// The body has ended, or the request was rejected.
    Ended,
}

/// The next frame of the body.
type Next = Result<Frame<Bytes>, Status>;

impl MessageBody {
    pub(super) fn new(
        body: Body,
        receiver: Receiver,
        pool: BlockingPool,
        held: MemoryGuard,
    ) -> Self {
        Self {
            body,
            receiver,
            pool,
            held,
            buffer: BytesMut::new(),
            counted: CountedMemory::default(),
            delivered: false,
            messages: 0,
            step: Step::Receiving,
        }
    }

    /// Appends bytes; returns a message when one is complete.
    pub(super) fn append(&mut self, data: Bytes) -> ServerResult<Option<Bytes>> {
        // Most requests are one message in one frame, which needs no copy.
        if self.buffer.is_empty() && self.receiver.frame_bytes(&data)? == Some(data.len()) {
            return Ok(Some(data));
        }
        self.buffer.extend_from_slice(&data);
        self.next_message()
    }

    fn next_message(&mut self) -> ServerResult<Option<Bytes>> {
        let Some(whole) = self.receiver.frame_bytes(&self.buffer)? else {
            return Ok(None);
        };
        let held = self.buffer.len().min(whole);
        self.receiver
            .count_received(&mut self.counted, held, whole)?;
        if self.buffer.len() < whole {
            return Ok(None);
        }
        let message = self.buffer.split_to(whole).freeze();
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Ok(Some(message))
    }

    /// Prepares a message; returns `None` when the blocking pool prepares it.
    fn prepare_message(&mut self, frame: Bytes) -> ServerResult<Option<ReceivedMessage>> {
        if !self.receiver.streaming && self.messages > 0 {
            return Err(ServerError::Malformed);
        }
        self.messages += 1;
        let counted = std::mem::take(&mut self.counted);
        let mut received = ReceivedMessage { frame, counted };
        if let Some(ready) = self.receiver.prepare_inline(&mut received) {
            return ready.map(|()| Some(received));
        }
        let (pool, limits) = (self.pool.clone(), self.receiver.clone());
        self.step = Step::Preparing(Box::pin(async move {
            pool.run(move || limits.prepare(&mut received).map(|()| received))
                .await?
        }));
        Ok(None)
    }

    fn deliver(&mut self, received: ReceivedMessage) -> Frame<Bytes> {
        if self.receiver.streaming {
            self.counted = received.counted;
            self.delivered = true;
        } else {
            self.held.put(received.counted.into_permit());
        }
        Frame::data(received.frame)
    }

    fn refuse(&mut self, error: ServerError) -> Next {
        self.step = Step::Ended;
        self.buffer = BytesMut::new();
        self.counted = CountedMemory::default();
        Err(error.into())
    }

    /// Continues with the bytes received; `None` when more bytes are needed.
    fn proceed(&mut self, message: ServerResult<Option<Bytes>>) -> Option<Next> {
        let ready = match message {
            Ok(Some(frame)) => self.prepare_message(frame),
            Ok(None) => return None,
            Err(error) => Err(error),
        };
        match ready {
            Ok(Some(received)) => Some(Ok(self.deliver(received))),
            Ok(None) => None,
            Err(error) => Some(self.refuse(error)),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Next>> {
        // The service polls for the next message when it has handled the one before.
        if std::mem::take(&mut self.delivered) {
            self.counted = CountedMemory::default();
            let buffered = self.next_message();
            if let Some(next) = self.proceed(buffered) {
                return Poll::Ready(Some(next));
            }
        }
        loop {
            match &mut self.step {
                Step::Ended => return Poll::Ready(None),
                Step::Preparing(ready) => {
                    let ready = ready!(ready.as_mut().poll(context));
                    self.step = Step::Receiving;
                    return Poll::Ready(Some(match ready {
                        Ok(received) => Ok(self.deliver(received)),
                        Err(error) => self.refuse(error),
                    }));
                }
                Step::Receiving => {}
            }
            let frame = match ready!(http_body::Body::poll_frame(
                Pin::new(&mut self.body),
                context
            )) {
                Some(Ok(frame)) => frame,
                Some(Err(status)) => {
                    self.step = Step::Ended;
                    return Poll::Ready(Some(Err(status)));
                }
                None if self.buffer.is_empty() => {
                    self.step = Step::Ended;
                    return Poll::Ready(None);
                }
                None => return Poll::Ready(Some(self.refuse(ServerError::Malformed))),
            };
            let data = match frame.into_data() {
                Ok(data) => data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            };
            let message = self.append(data);
            if let Some(next) = self.proceed(message) {
                return Poll::Ready(Some(next));
            }
        }
    }
}

impl http_body::Body for MessageBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Next>> {
        self.poll(context)
    }

    fn is_end_stream(&self) -> bool {
        match self.step {
            Step::Ended => true,
            Step::Preparing(_) => false,
            Step::Receiving => self.buffer.is_empty() && self.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
