use seatkeeper_proto::v1;
use seatkeeper_proto::v1::journal_service_server::JournalService;
use tonic::{Request, Response, Status};

use super::stream::Messages;
use crate::error::ServerError;

/// The journal, which this version keeps but does not show yet.
pub(crate) struct Journal;

#[tonic::async_trait]
impl JournalService for Journal {
    type WatchJournalEntriesStream = Messages<v1::WatchJournalEntriesResponse>;

    async fn list_journal_entries(
        &self,
        _request: Request<v1::ListJournalEntriesRequest>,
    ) -> Result<Response<v1::ListJournalEntriesResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "ListJournalEntries",
        }
        .into())
    }

    async fn watch_journal_entries(
        &self,
        _request: Request<v1::WatchJournalEntriesRequest>,
    ) -> Result<Response<Self::WatchJournalEntriesStream>, Status> {
        Err(ServerError::NotImplemented {
            what: "WatchJournalEntries",
        }
        .into())
    }
}
