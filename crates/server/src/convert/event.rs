use seatkeeper_domain::{CompiledCatalog, CustomerId};
use seatkeeper_engine::{Batch, BatchEvent, Engine};
use seatkeeper_proto::v1::{self, batch_event::Event};

use super::result::ResultEncoder;
use super::{batch, chunk};

/// Encodes the events of one stream.
pub(crate) struct EventEncoder<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) customer: &'a CustomerId,
    pub(crate) catalog: &'a CompiledCatalog,
    pub(crate) results_per_message: usize,
    /// Whether the batch existed before the call.
    pub(crate) joined: bool,
}

impl EventEncoder<'_> {
    /// The messages for an event, in order; `resume` is the last result sent before the event.
    pub(crate) fn encode(&self, event: BatchEvent, resume: i64) -> Vec<v1::BatchEvent> {
        let event = match event {
            BatchEvent::Results { changes, after } => {
                let results = ResultEncoder::new(self.catalog, self.customer);
                return chunk::messages(&results, &changes, after, self.results_per_message);
            }
            BatchEvent::Started(batch) => Event::Started(Box::new(self.started(&batch))),
            BatchEvent::Progress {
                processed,
                users,
                failed_users,
                user_stream_open,
            } => Event::Progress(v1::BatchProgress {
                processed_count: processed,
                user_count: users,
                failed_user_count: failed_users,
                user_stream_open,
            }),
            BatchEvent::Finished(batch) => Event::Finished(Box::new(self.finished(&batch))),
        };
        vec![v1::BatchEvent {
            resume_sequence_number: resume,
            event: Some(event),
        }]
    }

    fn batch(&self, batch: &Batch) -> v1::Batch {
        batch::to_proto(self.engine, self.customer, self.catalog, batch)
    }

    fn started(&self, batch: &Batch) -> v1::BatchStarted {
        v1::BatchStarted {
            batch: Some(self.batch(batch)),
            user_count: batch.user_count,
            duplicate_count: batch.duplicate_count,
            catalog_version: batch.spec.catalog_version.0,
            joined: self.joined,
        }
    }

    fn finished(&self, batch: &Batch) -> v1::BatchFinished {
        let batch = self.batch(batch);
        v1::BatchFinished {
            summary: batch.summary.clone(),
            batch: Some(batch),
        }
    }
}
