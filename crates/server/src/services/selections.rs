mod create;
mod read;

use seatkeeper_domain::{CustomerName, SelectionName};
use seatkeeper_engine::{ChangeSelectionUsers, DeleteSelection, MembershipChange, UpdateSelection};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::selection_service_server::SelectionService;
use tonic::{Request, Response, Status, Streaming};

use super::Context;
use super::request_stream::RequestStream;
use crate::convert::mask::Mask;
use crate::convert::names::name;
use crate::convert::text::required;
use crate::convert::{etag, selection, selector};
use crate::error::{FieldErrors, ServerResult};

/// Creates, changes, combines and lists the saved selections of each customer.
pub(crate) struct Selections {
    context: Context,
}

impl Selections {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
        }
    }

    async fn update(
        &self,
        request: v1::UpdateSelectionRequest,
    ) -> ServerResult<v1::UpdateSelectionResponse> {
        let given = required("selection", request.selection)?;
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<SelectionName>("selection.name", &given.name));
        let mask = errors.take(Mask::parse(request.update_mask, &selection::MASKABLE));
        let patch = mask.and_then(|mask| errors.take(selection::patch(&given, &mask)));
        let (Some(target), Some(patch)) = (target, patch) else {
            return Err(errors.into());
        };
        let update = UpdateSelection {
            customer: target.customer.clone(),
            id: target.selection,
            revision: etag::expected(&given.etag),
            display_name: patch.display_name,
            idle_ttl_micros: patch.idle_ttl_micros,
        };
        let updated = self.context.engine.update_selection(update).await?;
        Ok(v1::UpdateSelectionResponse {
            selection: Some(selection::to_proto(&owner(target.customer), &updated)),
        })
    }

    async fn delete(
        &self,
        request: v1::DeleteSelectionRequest,
    ) -> ServerResult<v1::DeleteSelectionResponse> {
        let target: SelectionName = name("name", &request.name)?;
        let delete = DeleteSelection {
            customer: target.customer,
            id: target.selection,
            revision: etag::expected(&request.etag),
        };
        self.context.engine.delete_selection(delete).await?;
        Ok(v1::DeleteSelectionResponse {})
    }

    async fn change(
        &self,
        target: &str,
        users: Option<v1::UserSelector>,
        etag: &str,
        change: MembershipChange,
    ) -> ServerResult<(v1::Selection, v1::SelectionUserSummary)> {
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<SelectionName>("name", target));
        let customer = target.as_ref().map(|target| owner(target.customer.clone()));
        let users = match &customer {
            Some(customer) => {
                let read = selector::read(&self.context.pool, customer, "users", users);
                errors.take(read.await?)
            }
            None => None,
        };
        let (Some(target), Some(customer), Some(users)) = (target, customer, users) else {
            return Err(errors.into());
        };
        let change = ChangeSelectionUsers {
            customer: target.customer,
            id: target.selection,
            revision: etag::expected(etag),
            change,
            users,
        };
        let changed = self.context.engine.change_selection_users(change).await?;
        Ok((
            selection::to_proto(&customer, &changed.selection),
            selection::summary(&customer, &changed.resolved, changed.changed),
        ))
    }
}

fn owner(customer: seatkeeper_domain::CustomerId) -> CustomerName {
    CustomerName { customer }
}

#[tonic::async_trait]
impl SelectionService for Selections {
    async fn create_selection(
        &self,
        request: Request<Streaming<v1::CreateSelectionRequest>>,
    ) -> Result<Response<v1::CreateSelectionResponse>, Status> {
        let incoming = RequestStream::new(&self.context, request);
        let created = create::streamed(&self.context.engine, incoming);
        Ok(Response::new(created.await?))
    }

    async fn combine_selections(
        &self,
        request: Request<v1::CombineSelectionsRequest>,
    ) -> Result<Response<v1::CombineSelectionsResponse>, Status> {
        let combined = create::combined(&self.context.engine, request.into_inner());
        Ok(Response::new(combined.await?))
    }

    async fn get_selection(
        &self,
        request: Request<v1::GetSelectionRequest>,
    ) -> Result<Response<v1::GetSelectionResponse>, Status> {
        let found = read::get(&self.context.engine, &request.into_inner()).await?;
        Ok(Response::new(found))
    }

    async fn list_selections(
        &self,
        request: Request<v1::ListSelectionsRequest>,
    ) -> Result<Response<v1::ListSelectionsResponse>, Status> {
        let listed = read::list(&self.context.engine, &request.into_inner()).await?;
        Ok(Response::new(listed))
    }

    async fn update_selection(
        &self,
        request: Request<v1::UpdateSelectionRequest>,
    ) -> Result<Response<v1::UpdateSelectionResponse>, Status> {
        Ok(Response::new(self.update(request.into_inner()).await?))
    }

    async fn delete_selection(
        &self,
        request: Request<v1::DeleteSelectionRequest>,
    ) -> Result<Response<v1::DeleteSelectionResponse>, Status> {
        Ok(Response::new(self.delete(request.into_inner()).await?))
    }

    async fn add_selection_users(
        &self,
        request: Request<v1::AddSelectionUsersRequest>,
    ) -> Result<Response<v1::AddSelectionUsersResponse>, Status> {
        let v1::AddSelectionUsersRequest { name, users, etag } = request.into_inner();
        let (selection, summary) = self
            .change(&name, users, &etag, MembershipChange::Add)
            .await?;
        Ok(Response::new(v1::AddSelectionUsersResponse {
            selection: Some(selection),
            summary: Some(summary),
        }))
    }

    async fn remove_selection_users(
        &self,
        request: Request<v1::RemoveSelectionUsersRequest>,
    ) -> Result<Response<v1::RemoveSelectionUsersResponse>, Status> {
        let v1::RemoveSelectionUsersRequest { name, users, etag } = request.into_inner();
        let (selection, summary) = self
            .change(&name, users, &etag, MembershipChange::Remove)
            .await?;
        Ok(Response::new(v1::RemoveSelectionUsersResponse {
            selection: Some(selection),
            summary: Some(summary),
        }))
    }

    async fn list_selection_users(
        &self,
        request: Request<v1::ListSelectionUsersRequest>,
    ) -> Result<Response<v1::ListSelectionUsersResponse>, Status> {
        let listed = read::list_users(&self.context.engine, &request.into_inner()).await?;
        Ok(Response::new(listed))
    }
}
