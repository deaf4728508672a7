use seatkeeper_domain::{LicenseParent, ProductName};
use seatkeeper_engine::{Engine, ListLicenses};
use seatkeeper_proto::v1;

use crate::convert::license::LicenseEncoder;
use crate::convert::names::{name, optional_name};
use crate::convert::page::page_size;
use crate::convert::page_bytes::first_that_fit;
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{AfterLicense, PageKeys, TokenScope};

/// Lists licenses by page.
pub(super) async fn list(
    engine: &Engine,
    request: v1::ListLicensesRequest,
) -> ServerResult<v1::ListLicensesResponse> {
    let mut errors = FieldErrors::default();
    let parent = errors.take(name::<LicenseParent>("parent", &request.parent));
    let product = errors.take(optional_name::<ProductName>("product", &request.product));
    let limit = errors.take(page_size(request.page_size));
    let (Some(parent), Some(product), Some(limit)) = (parent, product, limit) else {
        return Err(errors.into());
    };
    let product = product.map(|name| name.product);
    let of = product
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let scope = TokenScope::new(&keys, "ListLicenses", &[&parent.to_string(), &of]);
    let after: Option<AfterLicense> = scope.cursor(&request.page_token)?;
    let customer = parent.customer().clone();
    let user = match parent {
        LicenseParent::User(name) => Some(name.user),
        LicenseParent::AllUsers(_) => None,
    };
    let after = after.map(|after| after.key());
    let list = ListLicenses {
        customer: customer.clone(),
        user,
        product,
        after,
        limit,
    };
    let page = engine.list_licenses(list).await?;
    let Some(catalog) = page.catalog.filter(|_| !page.licenses.is_empty()) else {
        return Ok(v1::ListLicensesResponse::default());
    };
    let entitlements = engine.list_entitlements(&customer).await?;
    let encoder = LicenseEncoder::new(&customer, &catalog, &entitlements);
    let (licenses, all) = first_that_fit(&page.licenses, |license| encoder.encode(license));
    let next = if all {
        page.next
    } else {
        let last_sent = page.licenses[..licenses.len()].last();
        last_sent.map(|license| (license.user, license.held.product))
    };
    Ok(v1::ListLicensesResponse {
        licenses,
        next_page_token: next
            .map_or_else(String::new, |next| scope.token(&AfterLicense::new(next))),
    })
}
