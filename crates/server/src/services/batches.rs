mod results;
mod retry;

use std::future::ready;

use seatkeeper_domain::{BatchKey, BatchName, CustomerName};
use seatkeeper_engine::{Batch, Engine, EngineError, RetryFailedBatch};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::batch_service_server::BatchService;
use tonic::{Request, Response, Status};

use super::Context;
use super::response_stream::{BatchResultStream, ResponseStream, spawn_response_stream};
use crate::caller::Caller;
use crate::convert::batch;
use crate::convert::names::name;
use crate::convert::page::{page_size, results_per_message};
use crate::convert::page_bytes::PageBytes;
use crate::error::{FieldError, FieldErrors, ServerError, ServerResult};
use crate::page_token::{AfterNumber, PageKeys, TokenScope};

/// Follows, cancels, retries, reverts and lists batches, and returns their results.
pub(crate) struct Batches {
    context: Context,
}

impl Batches {
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            context: context.clone(),
        }
    }

    fn engine(&self) -> &Engine {
        &self.context.engine
    }

    /// Encodes a batch with the catalog version that it is decided by.
    async fn to_proto(
        &self,
        customer: &seatkeeper_domain::CustomerId,
        found: &Batch,
    ) -> ServerResult<v1::Batch> {
        let catalog = self
            .engine()
            .catalog_version(found.spec.catalog_version)
            .await?;
        Ok(batch::to_proto(self.engine(), customer, &catalog, found))
    }

    /// Rejects a retry with a shortage policy that the caller may not use, also if the policy is
    /// that of the failed batch. The engine checks whether the batch exists, after the request id.
    async fn check_retry(&self, caller: &Caller, retry: &RetryFailedBatch) -> ServerResult<()> {
        let shortage = match retry.shortage {
            Some(given) => given,
            None => match self.engine().batch(&retry.customer, &retry.batch).await {
                Ok((_, failed)) => failed.spec.shortage,
                Err(EngineError::NotFound(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            },
        };
        caller.check_shortage(shortage)
    }

    async fn get(&self, request: v1::GetBatchRequest) -> ServerResult<v1::GetBatchResponse> {
        let BatchName {
            customer,
            batch: id,
        } = name("name", &request.name)?;
        let (_, found) = self.engine().batch(&customer, &id).await?;
        Ok(v1::GetBatchResponse {
            batch: Some(self.to_proto(&customer, &found).await?),
        })
    }

    async fn list(&self, request: v1::ListBatchesRequest) -> ServerResult<v1::ListBatchesResponse> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &request.parent));
        let limit = errors.take(page_size(request.page_size));
        let (Some(parent), Some(limit)) = (parent, limit) else {
            return Err(errors.into());
        };
        let keys = PageKeys::of(self.engine(), &request.page_token).await?;
        let scope = TokenScope::new(&keys, "ListBatches", &[&parent.to_string()]);
        let before: Option<AfterNumber> = scope.cursor(&request.page_token)?;
        let before = before.map(|before| BatchKey(before.number));
        let page = self
            .engine()
            .list_batches(&parent.customer, before, limit)
            .await?;
        let (mut batches, mut bytes) = (Vec::new(), PageBytes::default());
        for found in &page.items {
            let encoded = self.to_proto(&parent.customer, found).await?;
            if !bytes.add(&encoded) {
                break;
            }
            batches.push(encoded);
        }
        let more = page.more || batches.len() < page.items.len();
        let last = page.items[..batches.len()].last().filter(|_| more);
        Ok(v1::ListBatchesResponse {
            batches,
            next_page_token: last.map_or_else(String::new, |last| {
                scope.token(&AfterNumber { number: last.key.0 })
            }),
            total_size: page.total,
        })
    }

    async fn cancel(
        &self,
        caller: Caller,
        request: v1::CancelBatchRequest,
    ) -> ServerResult<v1::CancelBatchResponse> {
        let BatchName {
            customer,
            batch: id,
        } = name("name", &request.name)?;
        let found = self
            .engine()
            .cancel_batch(&customer, &id, caller.principal())
            .await?;
        Ok(v1::CancelBatchResponse {
            batch: Some(self.to_proto(&customer, &found).await?),
        })
    }

    async fn follow(
        &self,
        request: v1::StreamBatchResultsRequest,
    ) -> ServerResult<ResponseStream<v1::StreamBatchResultsResponse>> {
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<BatchName>("name", &request.name));
        let after = errors.take(after(request.after_sequence_number));
        let per_message = errors.take(results_per_message(
            "max_results_per_message",
            request.max_results_per_message,
        ));
        let (Some(target), Some(after), Some(per_message)) = (target, after, per_message) else {
            return Err(errors.into());
        };
        let BatchName {
            customer,
            batch: id,
        } = target;
        // A result that is not committed was never sent to a caller.
        let (_, found) = self.engine().batch(&customer, &id).await?;
        if after > found.processed_count {
            let max = found.processed_count;
            return Err(ServerError::ResumePointUnknown { given: after, max });
        }
        let results = self.engine().follow_batch(&customer, &id, after).await?;
        let stream = BatchResultStream::new(self.engine().clone(), results, customer, per_message);
        Ok(spawn_response_stream(ready(Ok(stream)), |event| {
            v1::StreamBatchResultsResponse { event: Some(event) }
        }))
    }
}

fn after(given: i64) -> Result<i64, FieldError> {
    if given < 0 {
        let description = "must not be negative; zero begins with the first result";
        return Err(FieldError::invalid("after_sequence_number", description));
    }
    Ok(given)
}

#[tonic::async_trait]
impl BatchService for Batches {
    type StreamBatchResultsStream = ResponseStream<v1::StreamBatchResultsResponse>;

    async fn get_batch(
        &self,
        request: Request<v1::GetBatchRequest>,
    ) -> Result<Response<v1::GetBatchResponse>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_batches(
        &self,
        request: Request<v1::ListBatchesRequest>,
    ) -> Result<Response<v1::ListBatchesResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn cancel_batch(
        &self,
        request: Request<v1::CancelBatchRequest>,
    ) -> Result<Response<v1::CancelBatchResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(
            self.cancel(caller, request.into_inner()).await?,
        ))
    }

    async fn stream_batch_results(
        &self,
        request: Request<v1::StreamBatchResultsRequest>,
    ) -> Result<Response<Self::StreamBatchResultsStream>, Status> {
        Ok(Response::new(self.follow(request.into_inner()).await?))
    }

    async fn list_batch_results(
        &self,
        request: Request<v1::ListBatchResultsRequest>,
    ) -> Result<Response<v1::ListBatchResultsResponse>, Status> {
        Ok(Response::new(
            results::list(self.engine(), request.into_inner()).await?,
        ))
    }

    async fn retry_failed_batch(
        &self,
        request: Request<v1::RetryFailedBatchRequest>,
    ) -> Result<Response<v1::RetryFailedBatchResponse>, Status> {
        let caller = Caller::of(&request);
        let retry = retry::retry(&caller, &request.into_inner())?;
        self.check_retry(&caller, &retry).await?;
        let customer = retry.customer.clone();
        let started = self.engine().retry_failed_batch(retry).await;
        let started = started.map_err(ServerError::from)?;
        let batch = Some(self.to_proto(&customer, &started.batch).await?);
        Ok(Response::new(v1::RetryFailedBatchResponse { batch }))
    }

    async fn revert_batch(
        &self,
        request: Request<v1::RevertBatchRequest>,
    ) -> Result<Response<v1::RevertBatchResponse>, Status> {
        let caller = Caller::of(&request);
        let revert = retry::revert(&caller, &request.into_inner())?;
        let customer = revert.customer.clone();
        let started = self.engine().revert_batch(revert).await;
        let started = started.map_err(ServerError::from)?;
        let batch = Some(self.to_proto(&customer, &started.batch).await?);
        Ok(Response::new(v1::RevertBatchResponse { batch }))
    }
}
