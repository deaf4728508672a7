use seatkeeper_domain::CompiledCatalog;
use seatkeeper_engine::{Eligibilities, Eligibility};
use seatkeeper_proto::v1;

use super::violation::ViolationWriter;
use super::{names, product, warning};

/// Writes which products a user could be assigned.
pub(crate) fn to_proto(found: &Eligibilities) -> Vec<v1::ProductEligibility> {
    let eligibilities = found.eligibilities.iter();
    eligibilities
        .map(|eligibility| one(&found.catalog, eligibility))
        .collect()
}

fn one(catalog: &CompiledCatalog, eligibility: &Eligibility) -> v1::ProductEligibility {
    let key = eligibility.product;
    let product = product::known(catalog, key);
    let writer = ViolationWriter {
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
            .map(|violation| writer.write(violation))
            .collect(),
        warnings: warnings
            .map(|told| warning::to_proto(catalog, key, told))
            .collect(),
        plans_to_disable: product::plan_names(
            catalog,
            key,
            eligibility.plans_to_disable.iter().copied(),
        ),
    }
}
