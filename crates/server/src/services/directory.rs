mod import;
mod list;

use seatkeeper_domain::{CustomerName, UserId, UserName};
use seatkeeper_engine::{CreateUser, DeleteUser, UpdateUser};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::directory_service_server::DirectoryService;
use tonic::{Request, Response, Status, Streaming};

use super::Context;
use super::request_stream::RequestStream;
use crate::caller::Caller;
use crate::convert::mask::Mask;
use crate::convert::names::{name, optional_id};
use crate::convert::text::required;
use crate::convert::{etag, user};
use crate::error::{FieldErrors, ServerResult};

/// Creates, updates, deletes, imports and lists the users of each customer.
pub(crate) struct Directory {
    context: Context,
}

impl Directory {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
        }
    }

    async fn create(
        &self,
        caller: Caller,
        request: v1::CreateUserRequest,
    ) -> ServerResult<v1::CreateUserResponse> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &request.parent));
        let id = errors.take(optional_id::<UserId>("user_id", &request.user_id));
        let given = errors.take(required("user", request.user));
        let fields = given.and_then(|given| {
            errors.take(user::fields(&given).map_err(|wrong| wrong.inside("user")))
        });
        let (Some(parent), Some(id), Some(fields)) = (parent, id, fields) else {
            return Err(errors.into());
        };
        let customer = parent.customer;
        let create = CreateUser {
            customer: customer.clone(),
            id,
            fields,
            principal: caller.principal(),
        };
        let created = self.context.engine.create_user(create).await?;
        Ok(v1::CreateUserResponse {
            user: Some(user::to_proto(&customer, &created)),
        })
    }

    async fn get(&self, request: v1::GetUserRequest) -> ServerResult<v1::GetUserResponse> {
        let UserName { customer, user: id } = name("name", &request.name)?;
        let found = self.context.engine.user(&customer, &id).await?;
        Ok(v1::GetUserResponse {
            user: Some(user::to_proto(&customer, &found)),
        })
    }

    async fn update(
        &self,
        caller: Caller,
        request: v1::UpdateUserRequest,
    ) -> ServerResult<v1::UpdateUserResponse> {
        let given = required("user", request.user)?;
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<UserName>("user.name", &given.name));
        let mask = errors.take(Mask::parse(request.update_mask, &user::MASKABLE));
        let patch = mask.and_then(|mask| {
            errors.take(user::patch(&given, &mask).map_err(|wrong| wrong.inside("user")))
        });
        let (Some(target), Some(patch)) = (target, patch) else {
            return Err(errors.into());
        };
        let update = UpdateUser {
            customer: target.customer.clone(),
            id: target.user,
            revision: etag::expected(&given.etag),
            patch,
            principal: caller.principal(),
        };
        let updated = self.context.engine.update_user(update).await?;
        Ok(v1::UpdateUserResponse {
            user: Some(user::to_proto(&target.customer, &updated)),
        })
    }

    async fn delete(
        &self,
        caller: Caller,
        request: v1::DeleteUserRequest,
    ) -> ServerResult<v1::DeleteUserResponse> {
        let UserName { customer, user: id } = name("name", &request.name)?;
        let delete = DeleteUser {
            customer,
            id,
            revision: etag::expected(&request.etag),
            force: request.force,
            principal: caller.principal(),
        };
        self.context.engine.delete_user(delete).await?;
        Ok(v1::DeleteUserResponse {})
    }
}

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn create_user(
        &self,
        request: Request<v1::CreateUserRequest>,
    ) -> Result<Response<v1::CreateUserResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.create(caller, request.into_inner()).await?,
        ))
    }

    async fn get_user(
        &self,
        request: Request<v1::GetUserRequest>,
    ) -> Result<Response<v1::GetUserResponse>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_users(
        &self,
        request: Request<v1::ListUsersRequest>,
    ) -> Result<Response<v1::ListUsersResponse>, Status> {
        let listed = list::list(&self.context.engine, request.into_inner());
        Ok(Response::new(listed.await?))
    }

    async fn update_user(
        &self,
        request: Request<v1::UpdateUserRequest>,
    ) -> Result<Response<v1::UpdateUserResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.update(caller, request.into_inner()).await?,
        ))
    }

    async fn delete_user(
        &self,
        request: Request<v1::DeleteUserRequest>,
    ) -> Result<Response<v1::DeleteUserResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.delete(caller, request.into_inner()).await?,
        ))
    }

    async fn import_users(
        &self,
        request: Request<Streaming<v1::ImportUsersRequest>>,
    ) -> Result<Response<v1::ImportUsersResponse>, Status> {
        let caller = Caller::of(&request);
        let incoming = RequestStream::new(&self.context, request);
        let imported = import::import(&self.context.engine, caller, incoming);
        Ok(Response::new(imported.await?))
    }
}
