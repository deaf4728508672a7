use seatkeeper_domain::{BatchName, ProductName};
use seatkeeper_engine::{Engine, ResultFilter};
use seatkeeper_proto::v1;

use crate::convert::names::{name, optional_name};
use crate::convert::page::result_page_size;
use crate::convert::result::ResultWriter;
use crate::convert::{batch, policy};
use crate::error::{FieldErrors, ServerError, ServerResult};
use crate::page_token::{AfterNumber, Binding};

/// Lists the results of a batch by page.
pub(super) async fn list(
    engine: &Engine,
    request: v1::ListBatchResultsRequest,
) -> ServerResult<v1::ListBatchResultsResponse> {
    let asked = Asked::parse(&request)?;
    let BatchName {
        customer,
        batch: id,
    } = &asked.target;
    let page = engine
        .list_batch_results(customer, id, &asked.filter, asked.after, asked.limit)
        .await?;
    let only = asked.filter.product.as_ref();
    let only = only
        .and_then(|id| page.catalog.product_by_id(id))
        .map(|product| product.key);
    let writer = ResultWriter::new(&page.catalog, customer).only(only);
    // A batch that is still running will have more results.
    let unfinished = (!page.batch.state.is_final()).then_some(asked.after);
    let next = page.next.or_else(|| {
        page.results.last().map_or(unfinished, |last| {
            unfinished.map(|_| last.get().sequence_number)
        })
    });
    Ok(v1::ListBatchResultsResponse {
        results: page
            .results
            .iter()
            .map(|result| writer.one(result.get()))
            .collect(),
        next_page_token: next.map_or_else(String::new, |number| {
            asked.binding.token(&AfterNumber { number })
        }),
        total_size: page.batch.processed_count,
        batch: Some(batch::to_proto(customer, &page.catalog, &page.batch)),
    })
}

/// A parsed request.
struct Asked {
    target: BatchName,
    filter: ResultFilter,
    limit: usize,
    binding: Binding,
    after: i64,
}

impl Asked {
    fn parse(request: &v1::ListBatchResultsRequest) -> ServerResult<Self> {
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
        if request.include_current_licenses {
            let what = "ListBatchResults with include_current_licenses";
            return Err(ServerError::NotImplemented { what });
        }
        let binding = Binding::new(
            "ListBatchResults",
            &[
                &target.to_string(),
                &request.failed_only.to_string(),
                &request.violation_type.to_string(),
                &product
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
            ],
        );
        let after: Option<AfterNumber> = binding.place(&request.page_token)?;
        let filter = ResultFilter {
            failed_only: request.failed_only,
            violation,
            product: product.map(|name| name.product),
        };
        let after = after.map_or(0, |after| after.number.max(0));
        Ok(Self {
            target,
            filter,
            limit,
            binding,
            after,
        })
    }
}
