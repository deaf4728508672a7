use seatkeeper_proto::v1;
use seatkeeper_proto::v1::waitlist_service_server::WaitlistService;
use tonic::{Request, Response, Status};

use crate::error::ServerError;

/// Waitlists, which this version does not keep yet.
pub(crate) struct Waitlist;

#[tonic::async_trait]
impl WaitlistService for Waitlist {
    async fn list_waitlist_entries(
        &self,
        _request: Request<v1::ListWaitlistEntriesRequest>,
    ) -> Result<Response<v1::ListWaitlistEntriesResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "ListWaitlistEntries",
        }
        .into())
    }

    async fn update_waitlist_entry(
        &self,
        _request: Request<v1::UpdateWaitlistEntryRequest>,
    ) -> Result<Response<v1::UpdateWaitlistEntryResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "UpdateWaitlistEntry",
        }
        .into())
    }

    async fn delete_waitlist_entry(
        &self,
        _request: Request<v1::DeleteWaitlistEntryRequest>,
    ) -> Result<Response<v1::DeleteWaitlistEntryResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "DeleteWaitlistEntry",
        }
        .into())
    }
}
