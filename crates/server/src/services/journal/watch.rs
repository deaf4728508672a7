use std::future::ready;

use seatkeeper_domain::{CustomerName, JournalSequence};
use seatkeeper_engine::{Engine, EngineError, JournalEvent, JournalStream, ReadEntry};
use seatkeeper_proto::v1;
use tonic::Status;

use super::after;
use crate::convert::journal::{EntryWriter, Parts, view};
use crate::convert::names::name;
use crate::error::{FieldErrors, ServerError, ServerResult};
use crate::services::Context;
use crate::services::stream::{Events, Messages, messages};
use crate::status;

/// Streams the entries of a journal from any point, and then as they come.
pub(super) async fn watch(
    context: &Context,
    request: &v1::WatchJournalEntriesRequest,
) -> ServerResult<Messages<v1::WatchJournalEntriesResponse>> {
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
    let writer = EntryWriter {
        customer: parent.customer,
        view,
        now: engine.now(),
    };
    let watching = Watching {
        engine: engine.clone(),
        stream,
        writer,
        telling: None,
        after,
    };
    Ok(messages(ready(Ok(watching)), |message| message))
}

/// A journal that is watched.
struct Watching {
    engine: Engine,
    stream: JournalStream,
    writer: EntryWriter,
    /// The entry that is being told, and its next part.
    telling: Option<(Box<ReadEntry>, Parts, usize)>,
    /// The last entry told completely.
    after: i64,
}

impl Watching {
    /// The next part of the entry that is being told.
    fn part(&mut self) -> Option<v1::JournalEntry> {
        let (read, parts, part) = self.telling.as_mut()?;
        let (written, _) = self.writer.part(read, parts, *part);
        *part += 1;
        if written.last_part {
            self.after = written.sequence_number;
            self.telling = None;
        }
        Some(written)
    }

    fn message(&self, journal_entry: Option<v1::JournalEntry>) -> v1::WatchJournalEntriesResponse {
        v1::WatchJournalEntriesResponse {
            resume_sequence_number: self.after,
            newest_sequence_number: self.stream.newest().0,
            journal_entry,
        }
    }
}

impl Events for Watching {
    type Event = v1::WatchJournalEntriesResponse;

    async fn next(&mut self) -> Result<Option<Self::Event>, Status> {
        if self.telling.is_none() {
            match self.stream.next().await {
                Ok(JournalEvent::Started | JournalEvent::Idle) => {}
                Ok(JournalEvent::Entry(read)) => {
                    self.writer.now = self.engine.now();
                    let parts = self.writer.parts(&read);
                    self.telling = Some((read, parts, 0));
                }
                Err(EngineError::Draining) => return Err(status::draining(Some(self.after))),
                Err(error) => return Err(ServerError::from(error).into()),
            }
        }
        let part = self.part();
        Ok(Some(self.message(part)))
    }
}
