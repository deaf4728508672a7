mod list;
mod watch;

use seatkeeper_proto::v1;
use seatkeeper_proto::v1::journal_service_server::JournalService;
use tonic::{Request, Response, Status};

use super::Context;
use super::response_stream::ResponseStream;
use crate::error::FieldError;

/// Lists journal entries by page, and streams new ones.
pub(crate) struct Journal {
    context: Context,
}

impl Journal {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
        }
    }
}

fn after(given: i64) -> Result<i64, FieldError> {
    if given < 0 {
        let description = "must not be negative; zero begins with the oldest entry";
        return Err(FieldError::invalid("after_sequence_number", description));
    }
    Ok(given)
}

#[tonic::async_trait]
impl JournalService for Journal {
    type WatchJournalEntriesStream = ResponseStream<v1::WatchJournalEntriesResponse>;

    async fn list_journal_entries(
        &self,
        request: Request<v1::ListJournalEntriesRequest>,
    ) -> Result<Response<v1::ListJournalEntriesResponse>, Status> {
        let engine = &self.context.engine;
        Ok(Response::new(
            list::list(engine, &request.into_inner()).await?,
        ))
    }

    async fn watch_journal_entries(
        &self,
        request: Request<v1::WatchJournalEntriesRequest>,
    ) -> Result<Response<Self::WatchJournalEntriesStream>, Status> {
        Ok(Response::new(
            watch::watch(&self.context, &request.into_inner()).await?,
        ))
    }
}
