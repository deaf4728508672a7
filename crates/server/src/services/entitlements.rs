use seatkeeper_domain::{CustomerName, EntitlementName, PurchaseId, RequestId, Timestamp};
use seatkeeper_engine::{Engine, PurchaseSeats, ReduceSeats};
use seatkeeper_proto::v1::entitlement_service_server::EntitlementService;
use seatkeeper_proto::v1::{self};
use tonic::{Request, Response, Status};

use super::Context;
use crate::caller::Caller;
use crate::convert::catalog::count;
use crate::convert::names::{name, optional_id};
use crate::convert::page::page_size;
use crate::convert::{entitlement, etag, time};
use crate::error::{FieldError, FieldErrors, ServerError, ServerResult};
use crate::limits::PURCHASED_SEATS_MAX;
use crate::page_token::{AfterNumber, Binding};

/// Keeps what customers are entitled to.
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
        let binding = Binding::new("ListEntitlements", &[&parent.to_string()]);
        let after: Option<AfterNumber> = binding.place(&request.page_token)?;
        let after = after.map_or(-1, |after| after.number);
        // There is at most one per product of the catalog: few enough to be read together.
        let views = self.engine.list_entitlements(&parent.customer).await?;
        let mut rest = views
            .iter()
            .filter(|view| i64::from(view.entitlement.product.0) > after)
            .peekable();
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let last = page.last().filter(|_| rest.peek().is_some());
        Ok(v1::ListEntitlementsResponse {
            next_page_token: last.map_or_else(String::new, |last| {
                binding.token(&AfterNumber {
                    number: last.entitlement.product.0.into(),
                })
            }),
            entitlements: page
                .into_iter()
                .map(|view| entitlement::to_proto(&parent.customer, view))
                .collect(),
            total_size: count(views.len()),
        })
    }

    async fn purchase(
        &self,
        caller: Caller,
        request: v1::PurchaseSeatsRequest,
    ) -> ServerResult<v1::PurchaseSeatsResponse> {
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<EntitlementName>("name", &request.name));
        let purchase = errors.take(optional_id::<PurchaseId>(
            "purchase_id",
            &request.purchase_id,
        ));
        let seats = errors.take(seat_count(request.seat_count));
        let start_time = errors.take(optional_time("start_time", request.start_time));
        let end_time = errors.take(optional_time("end_time", request.end_time));
        let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
        let (
            Some(target),
            Some(purchase),
            Some(seats),
            Some(start_time),
            Some(end_time),
            Some(request_id),
        ) = (target, purchase, seats, start_time, end_time, request_id)
        else {
            return Err(errors.into());
        };
        let purchase = PurchaseSeats {
            customer: target.customer.clone(),
            product: target.product,
            purchase,
            seats,
            start_time,
            end_time,
            revision: etag::expected(&request.etag),
            request_id,
            validate_only: request.validate_only,
            actor: caller.actor(),
        };
        let purchased = self.engine.purchase_seats(purchase).await?;
        Ok(v1::PurchaseSeatsResponse {
            entitlement: Some(entitlement::to_proto(
                &target.customer,
                &purchased.entitlement,
            )),
            purchase_id: purchased.purchase.as_str().to_owned(),
        })
    }

    async fn reduce(
        &self,
        caller: Caller,
        request: v1::ReduceSeatsRequest,
    ) -> ServerResult<v1::ReduceSeatsResponse> {
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<EntitlementName>("name", &request.name));
        let purchase = errors.take(optional_id::<PurchaseId>(
            "purchase_id",
            &request.purchase_id,
        ));
        let seats = errors.take(seat_count(request.seat_count));
        let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
        let (Some(target), Some(purchase), Some(seats), Some(request_id)) =
            (target, purchase, seats, request_id)
        else {
            return Err(errors.into());
        };
        if !request.users_giving_up.is_empty() {
            let what = "ReduceSeats with users who give theirs up";
            return Err(ServerError::NotImplemented { what });
        }
        let reduce = ReduceSeats {
            customer: target.customer.clone(),
            product: target.product,
            purchase,
            seats,
            revision: etag::expected(&request.etag),
            request_id,
            validate_only: request.validate_only,
            actor: caller.actor(),
        };
        let view = self.engine.reduce_seats(reduce).await?;
        let entitlement = Some(entitlement::to_proto(&target.customer, &view));
        Ok(v1::ReduceSeatsResponse {
            entitlement,
            results: Vec::new(),
        })
    }
}

fn seat_count(given: i64) -> Result<i64, FieldError> {
    if (1..=PURCHASED_SEATS_MAX).contains(&given) {
        return Ok(given);
    }
    let description = format!("is {given}; must be 1 to {PURCHASED_SEATS_MAX}");
    Err(FieldError::invalid("seat_count", description)
        .with("given", given)
        .with("maximum", PURCHASED_SEATS_MAX))
}

fn optional_time(
    field: &str,
    given: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, FieldError> {
    given
        .map(|given| time::from_proto(field, given))
        .transpose()
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
        Ok(Response::new(
            self.purchase(caller, request.into_inner()).await?,
        ))
    }

    async fn reduce_seats(
        &self,
        request: Request<v1::ReduceSeatsRequest>,
    ) -> Result<Response<v1::ReduceSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.reduce(caller, request.into_inner()).await?,
        ))
    }

    async fn renew_purchase(
        &self,
        _request: Request<v1::RenewPurchaseRequest>,
    ) -> Result<Response<v1::RenewPurchaseResponse>, Status> {
        Err(ServerError::NotImplemented {
            what: "RenewPurchase",
        }
        .into())
    }
}
