//! Streams of events, each made by a task of its own: a reader that is slow slows its own stream
//! only.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures::{FutureExt as _, Stream, StreamExt as _};
use seatkeeper_domain::CustomerId;
use seatkeeper_engine::{Engine, EngineError, Preview, ResultStream};
use seatkeeper_fault::{Point, pass};
use seatkeeper_proto::v1;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::convert::dry_run::DryRunWriter;
use crate::convert::event::EventWriter;
use crate::error::{ServerError, ServerResult};
use crate::status;

/// The messages of a response.
pub(crate) type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

/// Something that tells events until there are no more.
pub(crate) trait Events: Send + 'static {
    /// What it tells.
    type Event: Send;

    /// The next message.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Event>, Status>> + Send;
}

/// The response stream of what `opening` gives, each event wrapped as its method wants it.
///
/// A task of its own opens it and makes one message ahead; the response only takes messages. A peer
/// that does not read stops the task, which holds nothing of the database between two messages. A
/// peer that hangs up ends the task where it is.
pub(crate) fn messages<E: Events, T: Send + 'static>(
    opening: impl Future<Output = ServerResult<E>> + Send + 'static,
    wrap: fn(E::Event) -> T,
) -> Messages<T> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let reader = sender.clone();
        tokio::select! {
            biased;
            () = reader.closed() => {}
            () = send_all(opening, wrap, sender) => {}
        }
    });
    ReceiverStream::new(receiver).boxed()
}

/// Sends message after message until there are no more; a panic ends the stream with a status, as
/// it ends a call.
async fn send_all<E: Events, T>(
    opening: impl Future<Output = ServerResult<E>>,
    wrap: fn(E::Event) -> T,
    sender: mpsc::Sender<Result<T, Status>>,
) {
    let sending = async {
        let mut events = opening.await.map_err(Status::from)?;
        while let Some(event) = events.next().await? {
            if sender.send(Ok(wrap(event))).await.is_err() {
                break;
            }
        }
        Ok(())
    };
    let sent = AssertUnwindSafe(sending).catch_unwind().await;
    if let Err(status) = sent.unwrap_or_else(|_| Err(ServerError::Panicked.into())) {
        // A reader that has hung up needs no status.
        drop(sender.send(Err(status)).await);
    }
}

/// A batch that is followed.
pub(crate) struct Following {
    engine: Engine,
    results: ResultStream,
    customer: CustomerId,
    results_per_message: usize,
    joined: bool,
    ready: VecDeque<v1::BatchEvent>,
    /// What went wrong with the users that are still coming in.
    intake: Option<oneshot::Receiver<ServerError>>,
}

impl Following {
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
            intake: None,
        }
    }

    /// Says that the batch existed before.
    pub(crate) fn joined(mut self, joined: bool) -> Self {
        self.joined = joined;
        self
    }

    /// Ends the stream with what goes wrong with the users that are still coming in.
    pub(crate) fn with_intake(mut self, intake: oneshot::Receiver<ServerError>) -> Self {
        self.intake = Some(intake);
        self
    }

    async fn read(&mut self) -> Result<bool, Status> {
        let resume = self.results.resume_point();
        let event = tokio::select! {
            biased;
            error = intake_error(&mut self.intake) => return Err(error.into()),
            event = self.results.next() => event,
        };
        let event = match event {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(false),
            Err(EngineError::Draining) => return Err(status::draining(Some(resume))),
            Err(error) => return Err(ServerError::from(error).into()),
        };
        let catalog = Arc::clone(self.results.catalog());
        let writer = EventWriter {
            engine: &self.engine,
            customer: &self.customer,
            catalog: &catalog,
            results_per_message: self.results_per_message,
            joined: self.joined,
        };
        self.ready.extend(writer.write(event, resume));
        Ok(true)
    }
}

/// Waits for an error; for ever once there can be none any more.
async fn intake_error(intake: &mut Option<oneshot::Receiver<ServerError>>) -> ServerError {
    if let Some(receiver) = intake {
        if let Ok(error) = receiver.await {
            return error;
        }
        *intake = None;
    }
    std::future::pending().await
}

impl Events for Following {
    type Event = v1::BatchEvent;

    async fn next(&mut self) -> Result<Option<v1::BatchEvent>, Status> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                pass(point_of(&event));
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

/// A dry run.
pub(crate) struct Previewing {
    preview: Preview,
    writer: DryRunWriter,
    ready: VecDeque<v1::BatchEvent>,
}

impl Previewing {
    pub(crate) fn new(preview: Preview, writer: DryRunWriter) -> Self {
        Self {
            preview,
            writer,
            ready: VecDeque::new(),
        }
    }
}

impl Events for Previewing {
    type Event = v1::BatchEvent;

    async fn next(&mut self) -> Result<Option<v1::BatchEvent>, Status> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let event = self.preview.next().await.map_err(ServerError::from)?;
            let Some(event) = event else { return Ok(None) };
            self.ready
                .extend(self.writer.write(self.preview.catalog(), event));
        }
    }
}
