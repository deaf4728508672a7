use seatkeeper_domain::{CompiledCatalog, ProductId};
use seatkeeper_engine::{Eligibilities, Eligibility};
use seatkeeper_proto::v1;

use super::page_bytes::first_that_fit;
use super::violation::ViolationEncoder;
use super::{names, product, warning};

/// Encodes the products that a user could be assigned, up to the size of one response. Returns the
/// last encoded product if more remain.
pub(crate) fn to_proto(found: &Eligibilities) -> (Vec<v1::ProductEligibility>, Option<ProductId>) {
    let (written, all) = first_that_fit(&found.eligibilities, |eligibility| {
        one(&found.catalog, eligibility)
    });
    let last = found.eligibilities[..written.len()].last().filter(|_| !all);
    let last = last.map(|last| product::known(&found.catalog, last.product).id.clone());
    (written, last)
}

fn one(catalog: &CompiledCatalog, eligibility: &Eligibility) -> v1::ProductEligibility {
    let key = eligibility.product;
    let product = product::known(catalog, key);
    let encoder = ViolationEncoder {
        catalog,
        failed: key,
    };
    let violations = eligibility.violations.iter();
    let warnings = eligibility.warnings.iter();
    v1::ProductEligibility {
        product: names::product(&product.id),
        display_name: product.display_name.clone(),
        held: eligibility.held,
        eligible: eligibility.violations.is_empty(),
        violations: violations
            .map(|violation| encoder.encode(violation))
            .collect(),
        warnings: warnings
            .map(|found| warning::to_proto(catalog, key, found))
            .collect(),
        plans_to_disable: product::plan_names(
            catalog,
            key,
            eligibility.plans_to_disable.iter().copied(),
        ),
    }
}
