use seatkeeper_domain::{BatchName, CustomerId, ProductName};
use seatkeeper_engine::{Engine, ListBatchResults, ResultFilter, ResultPage};
use seatkeeper_proto::v1;

use crate::convert::names::{name, optional_name};
use crate::convert::page::result_page_size;
use crate::convert::page_bytes::first_that_fit;
use crate::convert::result::ResultEncoder;
use crate::convert::{batch, policy};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{AfterNumber, PageKeys, TokenScope};

/// Lists the results of a batch by page.
pub(super) async fn list(
    engine: &Engine,
    request: v1::ListBatchResultsRequest,
) -> ServerResult<v1::ListBatchResultsResponse> {
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let parsed = ParsedRequest::parse(&keys, &request)?;
    let customer = &parsed.list.customer;
    let page = engine.list_batch_results(&parsed.list).await?;
    let only = parsed.list.filter.product.as_ref();
    let only = only
        .and_then(|id| page.catalog.product_by_id(id))
        .map(|product| product.key);
    let encoder = ResultEncoder::new(&page.catalog, customer).only(only);
    let (results, all) = encoded_results(&page, customer, &encoder);
    let next = match results.last() {
        Some(last) if !all => Some(last.sequence_number),
        // A batch that still runs will have more results.
        Some(_) | None => (page.more || !page.batch.state.is_final()).then_some(page.after),
    };
    Ok(v1::ListBatchResultsResponse {
        results,
        next_page_token: next.map_or_else(String::new, |number| {
            parsed.scope.token(&AfterNumber { number })
        }),
        total_size: page.batch.processed_count,
        batch: Some(batch::to_proto(
            engine,
            customer,
            &page.catalog,
            &page.batch,
        )),
    })
}

/// Encodes the results that fit one response. The flag says whether all results fit.
fn encoded_results(
    page: &ResultPage,
    customer: &CustomerId,
    encoder: &ResultEncoder<'_>,
) -> (Vec<v1::UserResult>, bool) {
    let results = page
        .results
        .iter()
        .map(|result| encoder.encode(result.get()));
    let Some(current) = &page.current else {
        return first_that_fit(results, |result| result);
    };
    // Users may now hold licenses of products that the batch's catalog does not have.
    let now = ResultEncoder::new(&current.catalog, customer);
    first_that_fit(results.zip(&current.licenses), |(mut result, held)| {
        result.licenses = now.licenses(&result.user, held);
        result
    })
}

/// A parsed request.
struct ParsedRequest {
    list: ListBatchResults,
    scope: TokenScope,
}

impl ParsedRequest {
    fn parse(keys: &PageKeys, request: &v1::ListBatchResultsRequest) -> ServerResult<Self> {
        let mut errors = FieldErrors::default();
        let target = errors.take(name::<BatchName>("name", &request.name));
        let product = errors.take(optional_name::<ProductName>("product", &request.product));
        let violation = errors.take(policy::violation_type(
            "violation_type",
            request.violation_type,
        ));
        let limit = errors.take(result_page_size(request.page_size));
        let (Some(target), Some(product), Some(violation), Some(limit)) =
            (target, product, violation, limit)
        else {
            return Err(errors.into());
        };
        let scope = TokenScope::new(
            keys,
            "ListBatchResults",
            &[
                &target.to_string(),
                &request.failed_only.to_string(),
                &request.violation_type.to_string(),
                &request.include_current_licenses.to_string(),
                &product
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
            ],
        );
        let after: Option<AfterNumber> = scope.cursor(&request.page_token)?;
        let filter = ResultFilter {
            failed_only: request.failed_only,
            violation,
            product: product.map(|name| name.product),
        };
        let list = ListBatchResults {
            customer: target.customer,
            batch: target.batch,
            filter,
            include_current_licenses: request.include_current_licenses,
            after: after.map_or(0, |after| after.number.max(0)),
            limit,
        };
        Ok(Self { list, scope })
    }
}
