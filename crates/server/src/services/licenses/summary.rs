use seatkeeper_domain::CustomerName;
use seatkeeper_engine::SummarizeLicenses;
use seatkeeper_proto::v1;

use super::products;
use crate::convert::names::name;
use crate::convert::{license_summary, selector};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::PageKeys;
use crate::services::Context;

/// Counts the licenses of each product that a set of users holds.
pub(super) async fn summarize(
    context: &Context,
    request: v1::SummarizeLicensesRequest,
) -> ServerResult<v1::SummarizeLicensesResponse> {
    let mut errors = FieldErrors::default();
    let parent = errors.take(name::<CustomerName>("parent", &request.parent));
    let listed = errors.take(products::listed(&request.products));
    let (Some(parent), Some(listed)) = (parent, listed) else {
        return Err(errors.into());
    };
    let (engine, pool) = (&context.engine, &context.pool);
    let selector = selector::read(pool, &parent, "selection", request.selection).await??;
    let (selector, meaning) = selector::with_meaning(pool, selector).await?;
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let (page, scope) = products::page(
        &keys,
        "SummarizeLicenses",
        &[&parent.to_string(), &meaning],
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
    let (summaries, last) = license_summary::to_proto(&found);
    Ok(v1::SummarizeLicensesResponse {
        summaries,
        next_page_token: products::token(&scope, last.or(found.next)),
        user_count: found.users,
        unknown_user_count: found.unknown,
    })
}
