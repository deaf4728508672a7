use seatkeeper_domain::UserName;
use seatkeeper_engine::{CheckProductEligibility, Engine};
use seatkeeper_proto::v1;

use super::products;
use crate::convert::eligibility;
use crate::convert::names::name;
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::PageKeys;

/// Returns for each product whether a user could be assigned it, and the reasons if not.
pub(super) async fn check(
    engine: &Engine,
    request: v1::CheckProductEligibilityRequest,
) -> ServerResult<v1::CheckProductEligibilityResponse> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<UserName>("name", &request.name));
    let listed = errors.take(products::listed(&request.products));
    let (Some(target), Some(listed)) = (target, listed) else {
        return Err(errors.into());
    };
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let (page, scope) = products::page(
        &keys,
        "CheckProductEligibility",
        &[&target.to_string()],
        listed,
        request.page_size,
        &request.page_token,
    )?;
    let check = CheckProductEligibility {
        customer: target.customer,
        user: target.user,
        page,
    };
    let found = engine.check_product_eligibility(check).await?;
    let (eligibilities, last) = eligibility::to_proto(&found);
    Ok(v1::CheckProductEligibilityResponse {
        eligibilities,
        next_page_token: products::token(&scope, last.or(found.next)),
        catalog_version: found.catalog.version().0,
    })
}
