use std::time::Duration;

use seatkeeper_engine::backoff;
use seatkeeper_proto::v1::{BatchEvent, StreamBatchResultsRequest, batch_event};
use tonic::{Code, Status};

use super::batch_source::Events;
use super::{BatchSource, Session};
use crate::{CliError, identifier, status};

/// Maximum number of consecutive retries of a broken stream.
const ATTEMPTS_MAX: u32 = 10;
const DELAY_FIRST: Duration = Duration::from_millis(400);
const DELAY_MAX: Duration = Duration::from_secs(5);

/// The events of one batch. The stream resumes after a broken connection and returns each result
/// exactly once, in order.
pub(crate) struct BatchStream {
    session: Session,
    source: BatchSource,
    events: Option<Events>,
    /// The batch's resource name once it is known; empty for a dry run.
    batch: Option<String>,
    resume_after: i64,
    failed_attempts: u32,
    finished: bool,
}

/// An item of a [`BatchStream`].
pub(crate) enum Incoming {
    Event(BatchEvent),
    /// The connection broke; the next call waits for `delay` and then resumes the stream.
    Interrupted {
        status: Status,
        delay: Duration,
    },
    /// The batch has ended and its last event was returned.
    End,
}

impl BatchStream {
    pub(crate) fn new(session: Session, source: BatchSource) -> Self {
        let (batch, resume_after) = match &source {
            BatchSource::Follow(request) => {
                (Some(request.name.clone()), request.after_sequence_number)
            }
            BatchSource::Start(_) | BatchSource::UserStream { .. } => (None, 0),
        };
        Self {
            session,
            source,
            events: None,
            batch,
            resume_after,
            failed_attempts: 0,
            finished: false,
        }
    }

    /// The next event. After an interruption, the following call waits for the delay and resumes
    /// the stream.
    pub(crate) async fn next(&mut self) -> Result<Incoming, CliError> {
        if self.finished {
            return Ok(Incoming::End);
        }
        match self.receive().await {
            Ok(Some(event)) => {
                self.note(&event);
                Ok(Incoming::Event(event))
            }
            Ok(None) => self.interrupted(Status::unavailable("the stream ended before the batch")),
            Err(status) => self.interrupted(status),
        }
    }

    async fn receive(&mut self) -> Result<Option<BatchEvent>, Status> {
        if self.events.is_none() {
            if self.failed_attempts > 0 {
                tokio::time::sleep(self.delay()).await;
            }
            self.events = Some(self.source.open(&self.session).await?);
        }
        match &mut self.events {
            Some(events) => futures::TryStreamExt::try_next(events).await,
            None => Ok(None),
        }
    }

    fn note(&mut self, event: &BatchEvent) {
        self.failed_attempts = 0;
        self.resume_after = self.resume_after.max(event.resume_sequence_number);
        match &event.event {
            Some(batch_event::Event::Started(started)) => {
                let name = started.batch.as_ref().map(|batch| batch.name.clone());
                self.batch = Some(name.unwrap_or_default());
            }
            Some(batch_event::Event::Finished(_)) => self.finished = true,
            Some(batch_event::Event::Results(_) | batch_event::Event::Progress(_)) | None => {}
        }
    }

    fn interrupted(&mut self, status: Status) -> Result<Incoming, CliError> {
        self.events = None;
        self.failed_attempts += 1;
        let resumable = match self.batch.as_deref() {
            None => self.source.may_be_repeated(),
            Some(name) => !name.is_empty(),
        };
        if !resumable || !is_passing(&status) {
            return Err(status.into());
        }
        if self.failed_attempts > ATTEMPTS_MAX {
            return Err(self.connection_lost(status));
        }
        if let Some(name) = &self.batch {
            self.source = BatchSource::Follow(StreamBatchResultsRequest {
                name: name.clone(),
                after_sequence_number: self.resume_after,
                ..StreamBatchResultsRequest::default()
            });
        }
        let asked = status::retry_delay(&status).unwrap_or_default();
        let delay = self.delay().max(asked.min(DELAY_MAX));
        Ok(Incoming::Interrupted { status, delay })
    }

    fn connection_lost(&self, status: Status) -> CliError {
        let Some(name) = &self.batch else {
            return status.into();
        };
        CliError::ConnectionLost {
            customer: name.split('/').nth(1).unwrap_or_default().to_owned(),
            batch: identifier::last(name).to_owned(),
            after: self.resume_after,
            status: Box::new(status),
        }
    }

    fn delay(&self) -> Duration {
        backoff(DELAY_FIRST, DELAY_MAX, self.failed_attempts)
    }
}

/// Whether the error is transient, so that a retry may succeed.
pub(crate) fn is_passing(status: &Status) -> bool {
    // A connection that breaks inside a message is reported by the transport as UNKNOWN, CANCELLED
    // or INTERNAL. Such an error has a source; a status sent by a server never has one.
    status.code() == Code::Unavailable || std::error::Error::source(status).is_some()
}
