use seatkeeper_domain::{ProductId, ProductName};
use seatkeeper_engine::ProductPage;
use seatkeeper_proto::v1::ErrorReason;

use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::error::{FieldError, FieldErrors};
use crate::limits::LISTED_PRODUCTS_MAX;
use crate::page_token::{self, AfterId, PageKeys, TokenScope};

/// Parses the `products` of a request; empty stands for all products that the customer is entitled
/// to.
pub(super) fn listed(products: &[String]) -> Result<Vec<ProductId>, FieldErrors> {
    if products.len() > LISTED_PRODUCTS_MAX {
        return Err(too_many(products.len()).into());
    }
    let mut errors = FieldErrors::default();
    let mut listed = Vec::with_capacity(products.len());
    for (index, given) in products.iter().enumerate() {
        let parsed = name::<ProductName>(&format!("products[{index}]"), given);
        listed.extend(errors.take(parsed).map(|name| name.product));
    }
    errors.finish(listed)
}

/// The products of one page, and the scope of its token: `method`, `parameters` and the products.
pub(super) fn page(
    keys: &PageKeys,
    method: &str,
    parameters: &[&str],
    products: Vec<ProductId>,
    size: i32,
    token: &str,
) -> Result<(ProductPage, TokenScope), FieldErrors> {
    let limit = page_size(size)?;
    let named = products.iter().map(ProductId::as_str);
    let bound: Vec<&str> = parameters.iter().copied().chain(named).collect();
    let scope = TokenScope::new(keys, method, &bound);
    let after: Option<AfterId> = scope.cursor(token)?;
    let after = after.map(|after| ProductId::parse(&after.id));
    let page = ProductPage {
        products,
        after: after.transpose().map_err(|_| page_token::invalid())?,
        limit,
    };
    Ok((page, scope))
}

/// The token of the page that starts after `next`; empty after the last page.
pub(super) fn token(scope: &TokenScope, next: Option<ProductId>) -> String {
    next.map_or_else(String::new, |next| {
        let id = next.as_str().to_owned();
        scope.token(&AfterId { id })
    })
}

fn too_many(given: usize) -> FieldError {
    let description = format!("names {given} products, at most {LISTED_PRODUCTS_MAX} are allowed");
    FieldError::new("products", ErrorReason::ListTooLong, description)
        .with("given", given)
        .with("maximum", LISTED_PRODUCTS_MAX)
        .with("alternative", "several calls")
}
