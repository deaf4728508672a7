use seatkeeper_domain::CustomerName;
use seatkeeper_engine::{Engine, SummarizeLicenses};
use seatkeeper_proto::v1;

use super::products;
use crate::convert::names::name;
use crate::convert::{license_summary, selector};
use crate::error::{FieldErrors, ServerResult};

/// Tells what a set of users holds of each product.
pub(super) async fn summarize(
    engine: &Engine,
    request: v1::SummarizeLicensesRequest,
) -> ServerResult<v1::SummarizeLicensesResponse> {
    let mut errors = FieldErrors::default();
    let parent = errors.take(name::<CustomerName>("parent", &request.parent));
    let listed = errors.take(products::listed(&request.products));
    let (Some(parent), Some(listed)) = (parent, listed) else {
        return Err(errors.into());
    };
    let selector = selector::from_proto(&parent, "selection", request.selection)?;
    let (page, binding) = products::page(
        "SummarizeLicenses",
        &[&parent.to_string(), &selector::meaning(&selector)],
        listed,
        request.page_size,
        &request.page_token,
    )?;
    let question = SummarizeLicenses {
        customer: parent.customer,
        selector,
        page,
    };
    let found = engine.summarize_licenses(question).await?;
    Ok(v1::SummarizeLicensesResponse {
        summaries: license_summary::to_proto(&found),
        next_page_token: products::token(&binding, found.next),
        user_count: found.users,
        unknown_user_count: found.unknown,
    })
}
