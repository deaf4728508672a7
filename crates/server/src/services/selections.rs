use seatkeeper_proto::v1;
use seatkeeper_proto::v1::selection_service_server::SelectionService;
use tonic::{Request, Response, Status, Streaming};

use crate::error::ServerError;

/// Saved selections, which this version does not keep yet.
pub(crate) struct Selections;

#[tonic::async_trait]
impl SelectionService for Selections {
    async fn create_selection(
        &self,
        _request: Request<Streaming<v1::CreateSelectionRequest>>,
    ) -> Result<Response<v1::CreateSelectionResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "CreateSelection",
        }
        .into())
    }

    async fn combine_selections(
        &self,
        _request: Request<v1::CombineSelectionsRequest>,
    ) -> Result<Response<v1::CombineSelectionsResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "CombineSelections",
        }
        .into())
    }

    async fn get_selection(
        &self,
        _request: Request<v1::GetSelectionRequest>,
    ) -> Result<Response<v1::GetSelectionResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "GetSelection",
        }
        .into())
    }

    async fn list_selections(
        &self,
        _request: Request<v1::ListSelectionsRequest>,
    ) -> Result<Response<v1::ListSelectionsResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "ListSelections",
        }
        .into())
    }

    async fn update_selection(
        &self,
        _request: Request<v1::UpdateSelectionRequest>,
    ) -> Result<Response<v1::UpdateSelectionResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "UpdateSelection",
        }
        .into())
    }

    async fn delete_selection(
        &self,
        _request: Request<v1::DeleteSelectionRequest>,
    ) -> Result<Response<v1::DeleteSelectionResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "DeleteSelection",
        }
        .into())
    }

    async fn add_selection_users(
        &self,
        _request: Request<v1::AddSelectionUsersRequest>,
    ) -> Result<Response<v1::AddSelectionUsersResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "AddSelectionUsers",
        }
        .into())
    }

    async fn remove_selection_users(
        &self,
        _request: Request<v1::RemoveSelectionUsersRequest>,
    ) -> Result<Response<v1::RemoveSelectionUsersResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "RemoveSelectionUsers",
        }
        .into())
    }

    async fn list_selection_users(
        &self,
        _request: Request<v1::ListSelectionUsersRequest>,
    ) -> Result<Response<v1::ListSelectionUsersResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "ListSelectionUsers",
        }
        .into())
    }
}
