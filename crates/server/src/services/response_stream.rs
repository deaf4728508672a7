//! Response streams, each made by a background task, so that a slow reader slows only its own
//! stream.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures::{FutureExt as _, Stream, StreamExt as _};
use seatkeeper_domain::CustomerId;
use seatkeeper_engine::{DryRun, Engine, EngineError, ResultStream};
use seatkeeper_failpoints::{Point, fail_point};
use seatkeeper_proto::v1;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::convert::dry_run::DryRunEncoder;
use crate::convert::event::EventEncoder;
use crate::error::{ServerError, ServerResult};
use crate::status;

/// The messages of a response.
pub(crate) type ResponseStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

/// A source of the messages of one response stream.
pub(crate) trait EventSource: Send + 'static {
    /// The type of the messages.
    type Event: Send;

    /// Returns the next message; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Event>, Status>> + Send;
}

/// Spawns a task that opens `source` and sends its events, each wrapped as the method requires.
///
/// The task prepares one message ahead of the reader. A peer that does not read stops the task;
/// between two messages the task holds no resources of the database. When the peer disconnects, the
/// task is aborted.
pub(crate) fn spawn_response_stream<E: EventSource, T: Send + 'static>(
    source: impl Future<Output = ServerResult<E>> + Send + 'static,
    wrap: fn(E::Event) -> T,
) -> ResponseStream<T> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let reader = sender.clone();
        tokio::select! {
            biased;
            () = reader.closed() => {}
            () = send_all(source, wrap, sender) => {}
        }
    });
    ReceiverStream::new(receiver).boxed()
}

/// Sends all messages; a panic ends the stream with a status, like that of a call.
async fn send_all<E: EventSource, T>(
    source: impl Future<Output = ServerResult<E>>,
    wrap: fn(E::Event) -> T,
    sender: mpsc::Sender<Result<T, Status>>,
) {
    let sending = async {
        let mut events = source.await.map_err(Status::from)?;
        while let Some(event) = events.next().await? {
            if sender.send(Ok(wrap(event))).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    let sent = AssertUnwindSafe(sending).catch_unwind().await;
    if let Err(status) = sent.unwrap_or_else(|_| Err(ServerError::Panicked.into())) {
        // A reader that has disconnected needs no status.
        drop(sender.send(Err(status)).await);
    }
}

/// The results of a batch, as they are committed.
pub(crate) struct BatchResultStream {
    engine: Engine,
    results: ResultStream,
    customer: CustomerId,
    results_per_message: usize,
    joined: bool,
    ready: VecDeque<v1::BatchEvent>,
    /// Receives the error of the request stream, as long as users are still received.
    request_error: Option<oneshot::Receiver<ServerError>>,
}

impl BatchResultStream {
    pub(crate) fn new(
        engine: Engine,
        results: ResultStream,
        customer: CustomerId,
        results_per_message: usize,
    ) -> Self {
        Self {
            engine,
            results,
            customer,
            results_per_message,
            joined: false,
            ready: VecDeque::new(),
            request_error: None,
        }
    }

    /// Sets whether the batch existed before the call.
    pub(crate) fn joined(mut self, joined: bool) -> Self {
        self.joined = joined;
        self
    }

    /// Ends the stream with the error of the request stream, if there is one.
    pub(crate) fn with_request_error(
        mut self,
        request_error: oneshot::Receiver<ServerError>,
    ) -> Self {
        self.request_error = Some(request_error);
        self
    }

    async fn read(&mut self) -> Result<bool, Status> {
        let resume = self.results.resume_point();
        let event = tokio::select! {
            biased;
            error = next_request_error(&mut self.request_error) => return Err(error.into()),
            event = self.results.next() => event,
        };
        let event = match event {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(false),
            Err(EngineError::Draining) => return Err(status::draining(Some(resume))),
            Err(error) => return Err(ServerError::from(error).into()),
        };
        let catalog = Arc::clone(self.results.catalog());
        let encoder = EventEncoder {
            engine: &self.engine,
            customer: &self.customer,
            catalog: &catalog,
            results_per_message: self.results_per_message,
            joined: self.joined,
        };
        self.ready.extend(encoder.encode(event, resume));
        Ok(true)
    }
}

/// Waits for an error; never returns when none can come any more.
async fn next_request_error(
    request_error: &mut Option<oneshot::Receiver<ServerError>>,
) -> ServerError {
    if let Some(receiver) = request_error {
        if let Ok(error) = receiver.await {
            return error;
        }
        *request_error = None;
    }
    std::future::pending().await
}

impl EventSource for BatchResultStream {
    type Event = v1::BatchEvent;

    async fn next(&mut self) -> Result<Option<v1::BatchEvent>, Status> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                fail_point(point_of(&event));
                return Ok(Some(event));
            }
            if !self.read().await? {
                return Ok(None);
            }
        }
    }
}

fn point_of(event: &v1::BatchEvent) -> Point {
    match event.event {
        Some(v1::batch_event::Event::Finished(_)) => Point::FinishSent,
        Some(_) | None => Point::ResultsSent,
    }
}

/// The results of a dry run.
pub(crate) struct DryRunStream {
    dry_run: DryRun,
    encoder: DryRunEncoder,
    ready: VecDeque<v1::BatchEvent>,
}

impl DryRunStream {
    pub(crate) fn new(dry_run: DryRun, encoder: DryRunEncoder) -> Self {
        Self {
            dry_run,
            encoder,
            ready: VecDeque::new(),
        }
    }
}

impl EventSource for DryRunStream {
    type Event = v1::BatchEvent;

    async fn next(&mut self) -> Result<Option<v1::BatchEvent>, Status> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let event = self.dry_run.next().await.map_err(ServerError::from)?;
            let Some(event) = event else { return Ok(None) };
            self.ready
                .extend(self.encoder.encode(self.dry_run.catalog(), event));
        }
    }
}
