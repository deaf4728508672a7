//! Pages over the catalog. The whole catalog is in memory, so a cursor is an index into one version
//! of it, and the token is bound to that version.

use seatkeeper_domain::{CompiledCatalog, ServicePlan, ServicePlanParent};
use seatkeeper_proto::v1;

use crate::convert::catalog::count;
use crate::convert::page::page_size;
use crate::convert::page_bytes::first_that_fit;
use crate::convert::{names, product, rule, service_plan};
use crate::error::{FieldErrors, ServerResult};
use crate::page_token::{AfterNumber, PageKeys, TokenScope};

/// A page of a list that each call sorts from the start.
struct Page {
    scope: TokenScope,
    start: usize,
    limit: usize,
}

impl Page {
    fn parse(
        keys: &PageKeys,
        method: &str,
        catalog: Option<&CompiledCatalog>,
        parameters: &[&str],
        size: i32,
        token: &str,
    ) -> Result<Self, FieldErrors> {
        let version = catalog.map_or(0, |catalog| catalog.version().0).to_string();
        let bound: Vec<&str> = std::iter::once(version.as_str())
            .chain(parameters.iter().copied())
            .collect();
        let scope = TokenScope::new(keys, method, &bound);
        let limit = page_size(size)?;
        let cursor: Option<AfterNumber> = scope.cursor(token)?;
        let start = cursor.map_or(0, |cursor| usize::try_from(cursor.number).unwrap_or(0));
        Ok(Self {
            scope,
            start,
            limit,
        })
    }

    /// The index range of the page in a list of `total` items.
    fn range(&self, total: usize) -> std::ops::Range<usize> {
        let start = self.start.min(total);
        start..start.saturating_add(self.limit).min(total)
    }

    /// The token of the page after this one, which has `items` items; empty on the last page.
    fn next_token(&self, total: usize, items: usize) -> String {
        let end = self.range(total).start + items;
        if end == total {
            return String::new();
        }
        self.scope.token(&AfterNumber { number: count(end) })
    }
}

pub(super) fn rules(
    keys: &PageKeys,
    catalog: Option<&CompiledCatalog>,
    request: &v1::ListCatalogRulesRequest,
) -> ServerResult<v1::ListCatalogRulesResponse> {
    let page = Page::parse(
        keys,
        "ListCatalogRules",
        catalog,
        &[],
        request.page_size,
        &request.page_token,
    )?;
    let Some(catalog) = catalog else {
        return Ok(v1::ListCatalogRulesResponse::default());
    };
    let total = rule::count(catalog);
    let (rules, _) = first_that_fit(rule::to_proto(catalog, page.range(total)), |rule| rule);
    Ok(v1::ListCatalogRulesResponse {
        next_page_token: page.next_token(total, rules.len()),
        rules,
        total_size: count(total),
        catalog_version: catalog.version().0,
    })
}

pub(super) fn products(
    keys: &PageKeys,
    catalog: Option<&CompiledCatalog>,
    request: &v1::ListProductsRequest,
) -> ServerResult<v1::ListProductsResponse> {
    let shown = request.show_retired.to_string();
    let page = Page::parse(
        keys,
        "ListProducts",
        catalog,
        &[&shown],
        request.page_size,
        &request.page_token,
    )?;
    let Some(catalog) = catalog else {
        return Ok(v1::ListProductsResponse::default());
    };
    let all = &catalog.catalog().products;
    let mut products: Vec<_> = all
        .iter()
        .filter(|product| request.show_retired || !product.retired)
        .collect();
    products.sort_by(|a, b| (&a.display_name, a.key).cmp(&(&b.display_name, b.key)));
    let total = products.len();
    let listed = products[page.range(total)].iter();
    let (products, _) = first_that_fit(listed, |product| product::to_proto(catalog, product));
    Ok(v1::ListProductsResponse {
        next_page_token: page.next_token(total, products.len()),
        products,
        total_size: count(total),
    })
}

pub(super) fn service_plans(
    keys: &PageKeys,
    catalog: Option<&CompiledCatalog>,
    parent: &ServicePlanParent,
    request: &v1::ListServicePlansRequest,
) -> ServerResult<v1::ListServicePlansResponse> {
    let bound = parent.to_string();
    let page = Page::parse(
        keys,
        "ListServicePlans",
        catalog,
        &[&bound],
        request.page_size,
        &request.page_token,
    )?;
    let Some(catalog) = catalog else {
        return Ok(v1::ListServicePlansResponse::default());
    };
    let plans = plans_of(catalog, parent);
    let total = plans.len();
    let listed = plans[page.range(total)].iter();
    let (service_plans, _) = first_that_fit(listed, |plan| {
        service_plan::to_proto(catalog, plan_name(parent, plan), plan)
    });
    Ok(v1::ListServicePlansResponse {
        next_page_token: page.next_token(total, service_plans.len()),
        service_plans,
        total_size: count(total),
    })
}

/// The plans of a product, or of the catalog, sorted by display name.
fn plans_of<'a>(catalog: &'a CompiledCatalog, parent: &ServicePlanParent) -> Vec<&'a ServicePlan> {
    let mut plans: Vec<&ServicePlan> = match parent {
        ServicePlanParent::AllProducts => catalog.catalog().service_plans.iter().collect(),
        ServicePlanParent::Product(name) => catalog
            .product_by_id(&name.product)
            .into_iter()
            .flat_map(|product| &product.service_plans)
            .filter_map(|&plan| catalog.plan(plan))
            .collect(),
    };
    plans.sort_by(|a, b| (&a.display_name, a.key).cmp(&(&b.display_name, b.key)));
    plans
}

fn plan_name(parent: &ServicePlanParent, plan: &ServicePlan) -> String {
    match parent {
        ServicePlanParent::AllProducts => names::service_plan_anywhere(&plan.id),
        ServicePlanParent::Product(name) => names::service_plan(&name.product, &plan.id),
    }
}
