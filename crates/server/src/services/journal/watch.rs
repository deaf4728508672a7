use std::future::ready;

use seatkeeper_domain::{CustomerName, JournalSequence};
use seatkeeper_engine::{Engine, EngineError, JournalEvent, JournalStream, ReadEntry};
use seatkeeper_proto::v1;
use tonic::Status;

use super::after;
use crate::convert::journal::{EntryEncoder, Parts, view};
use crate::convert::names::name;
use crate::error::{FieldErrors, ServerError, ServerResult};
use crate::services::Context;
use crate::services::response_stream::{EventSource, ResponseStream, spawn_response_stream};
use crate::status;

/// Streams the entries of a journal from any position, and then new ones as they are committed.
pub(super) async fn watch(
    context: &Context,
    request: &v1::WatchJournalEntriesRequest,
) -> ServerResult<ResponseStream<v1::WatchJournalEntriesResponse>> {
    let mut errors = FieldErrors::default();
    let parent = errors.take(name::<CustomerName>("parent", &request.parent));
    let after = errors.take(after(request.after_sequence_number));
    let view = errors.take(view("view", request.view));
    let (Some(parent), Some(after), Some(view)) = (parent, after, view) else {
        return Err(errors.into());
    };
    let engine = &context.engine;
    let stream = engine
        .watch_journal(&parent.customer, JournalSequence(after))
        .await?;
    let encoder = EntryEncoder {
        customer: parent.customer,
        view,
        now: engine.now(),
    };
    let entries = JournalEntryStream {
        engine: engine.clone(),
        stream,
        encoder,
        current: None,
        after,
    };
    Ok(spawn_response_stream(ready(Ok(entries)), |message| message))
}

/// The entries of a journal, as they are committed.
struct JournalEntryStream {
    engine: Engine,
    stream: JournalStream,
    encoder: EntryEncoder,
    /// The entry that is being sent, and the number of its next part.
    current: Option<(Box<ReadEntry>, Parts, usize)>,
    /// The last entry that was sent completely.
    after: i64,
}

impl JournalEntryStream {
    /// Encodes the next part of the entry that is being sent.
    fn part(&mut self) -> Option<v1::JournalEntry> {
        let (read, parts, part) = self.current.as_mut()?;
        let (encoded, _) = self.encoder.part(read, parts, *part);
        *part += 1;
        if encoded.last_part {
            self.after = encoded.sequence_number;
            self.current = None;
        }
        Some(encoded)
    }

    fn message(&self, journal_entry: Option<v1::JournalEntry>) -> v1::WatchJournalEntriesResponse {
        v1::WatchJournalEntriesResponse {
            resume_sequence_number: self.after,
            newest_sequence_number: self.stream.newest().0,
            journal_entry,
        }
    }
}

impl EventSource for JournalEntryStream {
    type Event = v1::WatchJournalEntriesResponse;

    async fn next(&mut self) -> Result<Option<Self::Event>, Status> {
        if self.current.is_none() {
            match self.stream.next().await {
                Ok(JournalEvent::Started | JournalEvent::Idle) => {}
                Ok(JournalEvent::Entry(read)) => {
                    self.encoder.now = self.engine.now();
                    let parts = self.encoder.parts(&read);
                    self.current = Some((read, parts, 0));
                }
                Err(EngineError::Draining) => return Err(status::draining(Some(self.after))),
                Err(error) => return Err(ServerError::from(error).into()),
            }
        }
        let part = self.part();
        Ok(Some(self.message(part)))
    }
}
