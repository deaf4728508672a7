use seatkeeper_domain::{CompiledCatalog, CustomerId};
use seatkeeper_engine::{DryRunEvent, Engine};
use seatkeeper_proto::v1::{self, batch_event::Event};

use super::result::ResultEncoder;
use super::{catalog::count, chunk, summary};

/// Encodes the events of a dry run like those of a batch without a name.
pub(crate) struct DryRunEncoder {
    engine: Engine,
    customer: CustomerId,
    results_per_message: usize,
    batch: v1::Batch,
    last_sent: i64,
}

impl DryRunEncoder {
    /// `batch` describes the request.
    pub(crate) fn new(
        engine: Engine,
        customer: CustomerId,
        results_per_message: usize,
        batch: v1::Batch,
    ) -> Self {
        Self {
            engine,
            customer,
            results_per_message,
            batch,
            last_sent: 0,
        }
    }

    /// The messages for an event, in order.
    pub(crate) fn encode(
        &mut self,
        catalog: &CompiledCatalog,
        event: DryRunEvent,
    ) -> Vec<v1::BatchEvent> {
        let event = match event {
            DryRunEvent::Results(changes) => {
                let encoder = ResultEncoder::new(catalog, &self.customer);
                let after = self.last_sent;
                self.last_sent += count(changes.members.len());
                return chunk::messages(&encoder, &changes, after, self.results_per_message);
            }
            DryRunEvent::Started { users, duplicates } => {
                self.batch.catalog_version = catalog.version().0;
                self.batch.user_count = users;
                self.batch.duplicate_count = duplicates;
                Event::Started(Box::new(v1::BatchStarted {
                    batch: Some(self.batch.clone()),
                    user_count: users,
                    duplicate_count: duplicates,
                    catalog_version: catalog.version().0,
                    joined: false,
                }))
            }
            DryRunEvent::Finished {
                users,
                duplicates,
                counts,
                violations,
                seats_left,
                seats_bought,
            } => {
                let summary = summary::to_proto(
                    &self.engine,
                    &self.customer,
                    catalog,
                    &counts,
                    &violations,
                    summary::Seats {
                        left: &seats_left,
                        bought: &seats_bought,
                    },
                );
                let batch = v1::Batch {
                    state: v1::batch::State::Succeeded.into(),
                    user_count: users,
                    duplicate_count: duplicates,
                    processed_count: users,
                    summary: Some(summary.clone()),
                    ..self.batch.clone()
                };
                Event::Finished(Box::new(v1::BatchFinished {
                    batch: Some(batch),
                    summary: Some(summary),
                }))
            }
        };
        vec![v1::BatchEvent {
            resume_sequence_number: self.last_sent,
            event: Some(event),
        }]
    }
}
