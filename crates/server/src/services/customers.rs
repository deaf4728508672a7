use seatkeeper_domain::{CustomerId, CustomerName};
use seatkeeper_engine::{CreateCustomer, DeleteCustomer, Engine, UpdateCustomer};
use seatkeeper_proto::v1::customer_service_server::CustomerService;
use seatkeeper_proto::v1::{self, ErrorReason};
use tonic::{Request, Response, Status};

use super::Context;
use crate::caller::Caller;
use crate::convert::mask::Mask;
use crate::convert::names::{self, name, optional_id};
use crate::convert::page::page_size;
use crate::convert::text::{required, text};
use crate::convert::{customer, etag};
use crate::error::{FieldError, FieldErrors, ServerResult};
use crate::page_token::{AfterId, PageKeys, TokenScope};

/// Creates, updates, deletes and lists customers.
pub(crate) struct Customers {
    engine: Engine,
}

impl Customers {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            engine: context.engine.clone(),
        }
    }

    async fn create(
        &self,
        caller: Caller,
        request: v1::CreateCustomerRequest,
    ) -> ServerResult<v1::CreateCustomerResponse> {
        let mut errors = FieldErrors::default();
        let id = errors.take(optional_id::<CustomerId>(
            "customer_id",
            &request.customer_id,
        ));
        let given = errors.take(required("customer", request.customer));
        let display_name =
            given.and_then(|given| errors.take(text("customer.display_name", &given.display_name)));
        let (Some(id), Some(display_name)) = (id, display_name) else {
            return Err(errors.into());
        };
        let create = CreateCustomer {
            id,
            display_name,
            principal: caller.principal(),
        };
        let created = self.engine.create_customer(create).await?;
        Ok(v1::CreateCustomerResponse {
            customer: Some(customer::to_proto(&created)),
        })
    }

    async fn get(&self, request: v1::GetCustomerRequest) -> ServerResult<v1::GetCustomerResponse> {
        let CustomerName { customer: id } = name("name", &request.name)?;
        let found = self.engine.customer(&id).await?;
        Ok(v1::GetCustomerResponse {
            customer: Some(customer::to_proto(&found)),
        })
    }

    async fn list(
        &self,
        request: v1::ListCustomersRequest,
    ) -> ServerResult<v1::ListCustomersResponse> {
        let keys = PageKeys::of(&self.engine, &request.page_token).await?;
        let scope = TokenScope::new(&keys, "ListCustomers", &[]);
        let mut errors = FieldErrors::default();
        let limit = errors.take(page_size(request.page_size));
        let after = errors.take(after(&scope, &request.page_token));
        let (Some(limit), Some(after)) = (limit, after) else {
            return Err(errors.into());
        };
        let page = self.engine.list_customers(after.as_ref(), limit).await?;
        let next = page.items.last().filter(|_| page.more);
        Ok(v1::ListCustomersResponse {
            next_page_token: next.map_or_else(String::new, |last| {
                scope.token(&AfterId {
                    id: last.id.as_str().to_owned(),
                })
            }),
            customers: page.items.iter().map(customer::to_proto).collect(),
            total_size: page.total,
        })
    }

    async fn update(
        &self,
        caller: Caller,
        request: v1::UpdateCustomerRequest,
    ) -> ServerResult<v1::UpdateCustomerResponse> {
        let given = required("customer", request.customer)?;
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<CustomerName>("customer.name", &given.name));
        let mask = errors.take(Mask::parse(request.update_mask, &["display_name"]));
        let display_name = match &mask {
            Some(mask) if mask.has("display_name", !given.display_name.is_empty()) => {
                errors.take(text("customer.display_name", &given.display_name))
            }
            Some(_) | None => None,
        };
        let Some(target) = target.filter(|_| errors.is_empty()) else {
            return Err(errors.into());
        };
        let update = UpdateCustomer {
            id: target.customer,
            revision: etag::expected(&given.etag),
            display_name,
            principal: caller.principal(),
        };
        let updated = self.engine.update_customer(update).await?;
        Ok(v1::UpdateCustomerResponse {
            customer: Some(customer::to_proto(&updated)),
        })
    }

    async fn delete(
        &self,
        request: v1::DeleteCustomerRequest,
    ) -> ServerResult<v1::DeleteCustomerResponse> {
        let CustomerName { customer: id } = name("name", &request.name)?;
        let revision = etag::expected(&request.etag);
        let delete = DeleteCustomer {
            id,
            revision,
            force: request.force,
        };
        self.engine.delete_customer(delete).await?;
        Ok(v1::DeleteCustomerResponse {})
    }
}

fn after(scope: &TokenScope, token: &str) -> Result<Option<CustomerId>, FieldError> {
    let Some(AfterId { id }) = scope.cursor(token)? else {
        return Ok(None);
    };
    let id = names::id("page_token", &id);
    id.map(Some).map_err(|error| FieldError {
        reason: ErrorReason::PageTokenInvalid,
        ..error
    })
}

#[tonic::async_trait]
impl CustomerService for Customers {
    async fn create_customer(
        &self,
        request: Request<v1::CreateCustomerRequest>,
    ) -> Result<Response<v1::CreateCustomerResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.create(caller, request.into_inner()).await?,
        ))
    }

    async fn get_customer(
        &self,
        request: Request<v1::GetCustomerRequest>,
    ) -> Result<Response<v1::GetCustomerResponse>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_customers(
        &self,
        request: Request<v1::ListCustomersRequest>,
    ) -> Result<Response<v1::ListCustomersResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn update_customer(
        &self,
        request: Request<v1::UpdateCustomerRequest>,
    ) -> Result<Response<v1::UpdateCustomerResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.update(caller, request.into_inner()).await?,
        ))
    }

    async fn delete_customer(
        &self,
        request: Request<v1::DeleteCustomerRequest>,
    ) -> Result<Response<v1::DeleteCustomerResponse>, Status> {
        Ok(Response::new(self.delete(request.into_inner()).await?))
    }
}
