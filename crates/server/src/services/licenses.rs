mod assigned;
mod batch;
mod eligibility;
mod list;
mod products;
mod single;
mod stream_batch;
mod summary;

use seatkeeper_domain::ShortagePolicy;
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::license_service_server::LicenseService;
use tonic::{Request, Response, Status, Streaming};

use super::Context;
use super::request_stream::RequestStream;
use super::response_stream::ResponseStream;
use crate::caller::Caller;
use crate::convert::policy;
use crate::error::ServerResult;

/// Assigns and revokes licenses, and lists the licenses that users hold.
pub(crate) struct Licenses {
    context: Context,
}

impl Licenses {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
        }
    }
}

/// Parses a shortage policy; rejects one that the caller may not use.
fn shortage(caller: &Caller, field: &str, given: i32) -> ServerResult<ShortagePolicy> {
    let shortage = policy::shortage(field, given)?;
    caller.check_shortage(shortage)?;
    Ok(shortage)
}

#[tonic::async_trait]
impl LicenseService for Licenses {
    type BatchUpdateLicensesStream = ResponseStream<v1::BatchUpdateLicensesResponse>;
    type StreamBatchUpdateLicensesStream = ResponseStream<v1::StreamBatchUpdateLicensesResponse>;

    async fn batch_update_licenses(
        &self,
        request: Request<v1::BatchUpdateLicensesRequest>,
    ) -> Result<Response<Self::BatchUpdateLicensesStream>, Status> {
        let caller = Caller::of(&request);
        let events = batch::start(&self.context, &caller, request.into_inner());
        Ok(Response::new(Box::pin(events).await?))
    }

    async fn stream_batch_update_licenses(
        &self,
        request: Request<Streaming<v1::StreamBatchUpdateLicensesRequest>>,
    ) -> Result<Response<Self::StreamBatchUpdateLicensesStream>, Status> {
        let caller = Caller::of(&request);
        let incoming = RequestStream::new(&self.context, request);
        Ok(Response::new(stream_batch::start(
            self.context.clone(),
            caller,
            incoming,
        )))
    }

    async fn update_user_licenses(
        &self,
        request: Request<v1::UpdateUserLicensesRequest>,
    ) -> Result<Response<v1::UpdateUserLicensesResponse>, Status> {
        let caller = Caller::of(&request);
        let updated = single::update(&self.context.engine, &caller, request.into_inner());
        Ok(Response::new(updated.await?))
    }

    async fn list_licenses(
        &self,
        request: Request<v1::ListLicensesRequest>,
    ) -> Result<Response<v1::ListLicensesResponse>, Status> {
        Ok(Response::new(
            list::list(&self.context.engine, request.into_inner()).await?,
        ))
    }

    async fn summarize_licenses(
        &self,
        request: Request<v1::SummarizeLicensesRequest>,
    ) -> Result<Response<v1::SummarizeLicensesResponse>, Status> {
        let summary = summary::summarize(&self.context, request.into_inner());
        Ok(Response::new(Box::pin(summary).await?))
    }

    async fn list_assigned_users(
        &self,
        request: Request<v1::ListAssignedUsersRequest>,
    ) -> Result<Response<v1::ListAssignedUsersResponse>, Status> {
        let listed = assigned::list(&self.context, request.into_inner());
        Ok(Response::new(Box::pin(listed).await?))
    }

    async fn check_product_eligibility(
        &self,
        request: Request<v1::CheckProductEligibilityRequest>,
    ) -> Result<Response<v1::CheckProductEligibilityResponse>, Status> {
        let checked = eligibility::check(&self.context.engine, request.into_inner());
        Ok(Response::new(checked.await?))
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::{Permission, Role, allows};

    use super::*;

    #[test]
    fn only_who_may_purchase_may_have_missing_seats_bought() {
        for role in Role::ALL {
            let caller = Caller::with_roles(&[role]);
            let shortage_policy = shortage(&caller, "f", v1::ShortagePolicy::BuyMore.into());
            assert_eq!(
                shortage_policy.is_ok(),
                allows(role, Permission::PurchaseSeats),
                "{role}"
            );
            let shortage_policy = shortage(&caller, "f", v1::ShortagePolicy::RequireAll.into());
            assert!(shortage_policy.is_ok(), "{role}");
        }
    }
}
