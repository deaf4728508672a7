mod change;

use seatkeeper_domain::{CustomerName, EntitlementName};
use seatkeeper_engine::Engine;
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::entitlement_service_server::EntitlementService;
use tonic::{Request, Response, Status};

use super::Context;
use crate::caller::Caller;
use crate::convert::catalog::count;
use crate::convert::entitlement;
use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::first_that_fit;
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{AfterNumber, PageKeys, TokenScope};

/// Manages the entitlements of customers: their products and purchased seats.
pub(crate) struct Entitlements {
    engine: Engine,
}

impl Entitlements {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            engine: context.engine.clone(),
        }
    }

    async fn get(
        &self,
        request: v1::GetEntitlementRequest,
    ) -> ServerResult<v1::GetEntitlementResponse> {
        let EntitlementName { customer, product } = name("name", &request.name)?;
        let view = self.engine.entitlement(&customer, &product).await?;
        let entitlement = Some(entitlement::to_proto(&customer, &view));
        Ok(v1::GetEntitlementResponse { entitlement })
    }

    async fn list(
        &self,
        request: v1::ListEntitlementsRequest,
    ) -> ServerResult<v1::ListEntitlementsResponse> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &request.parent));
        let limit = errors.take(page_size(request.page_size));
        let (Some(parent), Some(limit)) = (parent, limit) else {
            return Err(errors.into());
        };
        let keys = PageKeys::of(&self.engine, &request.page_token).await?;
        let scope = TokenScope::new(&keys, "ListEntitlements", &[&parent.to_string()]);
        let after: Option<AfterNumber> = scope.cursor(&request.page_token)?;
        let after = after.map_or(-1, |after| after.number);
        // There is at most one per product of the catalog: few enough to read all of them.
        let views = self.engine.list_entitlements(&parent.customer).await?;
        let mut rest = views
            .iter()
            .filter(|view| i64::from(view.entitlement.product.0) > after)
            .peekable();
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let (entitlements, all) =
            first_that_fit(&page, |view| entitlement::to_proto(&parent.customer, view));
        let more = !all || rest.peek().is_some();
        let last = page[..entitlements.len()].last().filter(|_| more);
        Ok(v1::ListEntitlementsResponse {
            next_page_token: last.map_or_else(String::new, |last| {
                scope.token(&AfterNumber {
                    number: last.entitlement.product.0.into(),
                })
            }),
            entitlements,
            total_size: count(views.len()),
        })
    }
}

#[tonic::async_trait]
impl EntitlementService for Entitlements {
    async fn get_entitlement(
        &self,
        request: Request<v1::GetEntitlementRequest>,
    ) -> Result<Response<v1::GetEntitlementResponse>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_entitlements(
        &self,
        request: Request<v1::ListEntitlementsRequest>,
    ) -> Result<Response<v1::ListEntitlementsResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn purchase_seats(
        &self,
        request: Request<v1::PurchaseSeatsRequest>,
    ) -> Result<Response<v1::PurchaseSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        let purchased = change::purchase(&self.engine, &caller, request.into_inner());
        Ok(Response::new(purchased.await?))
    }

    async fn reduce_seats(
        &self,
        request: Request<v1::ReduceSeatsRequest>,
    ) -> Result<Response<v1::ReduceSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        let reduced = change::reduce(&self.engine, &caller, request.into_inner());
        Ok(Response::new(reduced.await?))
    }

    async fn renew_purchase(
        &self,
        request: Request<v1::RenewPurchaseRequest>,
    ) -> Result<Response<v1::RenewPurchaseResponse>, Status> {
        let caller = Caller::of(&request);
        let renewed = change::renew(&self.engine, &caller, request.into_inner());
        Ok(Response::new(renewed.await?))
    }
}
