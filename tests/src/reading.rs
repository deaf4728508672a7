use seatkeeper_proto::v1::batch_event::Event;
use seatkeeper_proto::v1::{
    BatchEvent, BatchUpdateLicensesResponse, StreamBatchResultsResponse,
    StreamBatchUpdateLicensesResponse,
};
use tonic::{Response, Status, Streaming};

use crate::Transcript;

/// A message of a stream that returns a batch's results.
pub trait CarriesEvent: Send + 'static {
    /// The event in the message.
    fn into_event(self) -> Option<BatchEvent>;
}

macro_rules! carries_event {
    ($($message:ty)*) => {
        $(impl CarriesEvent for $message {
            fn into_event(self) -> Option<BatchEvent> {
                self.event
            }
        })*
    };
}

carries_event! {
    BatchUpdateLicensesResponse
    StreamBatchUpdateLicensesResponse
    StreamBatchResultsResponse
}

/// A reader of a result stream, event by event. It checks that the stream is well formed: `started`
/// comes first and once, sequence numbers have no gaps, each message's resume point is its last
/// result, and nothing follows `finished`.
#[derive(Debug)]
pub struct Reading<M> {
    messages: Streaming<M>,
    transcript: Transcript,
}

impl<M: CarriesEvent> Reading<M> {
    /// Reads the stream of a response from its start.
    pub fn of(response: Response<Streaming<M>>) -> Self {
        Self::after(0, response)
    }

    /// Reads the stream of a response that starts after a sequence number.
    pub fn after(sequence_number: i64, response: Response<Streaming<M>>) -> Self {
        Self {
            messages: response.into_inner(),
            transcript: Transcript::after(sequence_number),
        }
    }

    /// The next event; `None` at the end of the stream.
    ///
    /// # Panics
    /// When the stream is not well formed.
    pub async fn next(&mut self) -> Result<Option<Event>, Status> {
        let Some(message) = self.messages.message().await? else {
            return Ok(None);
        };
        let event = message.into_event().expect("a message carries an event");
        self.transcript.note(&event);
        Ok(event.event)
    }

    /// Reads until at least `count` results have arrived, or the stream ends.
    pub async fn read_results(&mut self, count: usize) -> Result<(), Status> {
        while self.transcript.results.len() < count && self.next().await?.is_some() {}
        Ok(())
    }

    /// Reads to the end, which must be `finished`.
    ///
    /// # Panics
    /// When the stream is not well formed, fails or is truncated.
    pub async fn to_end(mut self) -> Transcript {
        while self.next().await.unwrap().is_some() {}
        assert!(
            self.transcript.finished.is_some(),
            "the stream ends with finished"
        );
        self.transcript
    }

    /// Reads until the stream fails. Returns the events before the error, and the error.
    ///
    /// # Panics
    /// When the stream does not fail.
    pub async fn to_failure(mut self) -> (Transcript, Status) {
        loop {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended without an error"),
                Err(status) => return (self.transcript, status),
            }
        }
    }

    /// Reads to the end of the stream. Returns the events before it, and the error if the stream
    /// failed.
    pub async fn to_break(mut self) -> (Transcript, Option<Status>) {
        loop {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return (self.transcript, None),
                Err(status) => return (self.transcript, Some(status)),
            }
        }
    }

    /// The events so far.
    pub fn so_far(&self) -> &Transcript {
        &self.transcript
    }

    /// Disconnects, and returns the events so far.
    pub fn hang_up(self) -> Transcript {
        self.transcript
    }
}
