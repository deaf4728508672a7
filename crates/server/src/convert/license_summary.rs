use seatkeeper_domain::{CompiledCatalog, ProductId};
use seatkeeper_engine::{LicenseSummaries, LicenseSummary};
use seatkeeper_proto::v1::{self, Holding};

use super::page_bytes::first_that_fit;
use super::{names, product};

/// Encodes the license counts per product of a set of users, up to the size of one response.
/// Returns the last encoded product if more remain.
pub(crate) fn to_proto(found: &LicenseSummaries) -> (Vec<v1::LicenseSummary>, Option<ProductId>) {
    let (written, all) = first_that_fit(&found.summaries, |summary| {
        one(&found.catalog, summary, found.users)
    });
    let last = found.summaries[..written.len()].last().filter(|_| !all);
    let last = last.map(|last| product::known(&found.catalog, last.product).id.clone());
    (written, last)
}

fn one(catalog: &CompiledCatalog, summary: &LicenseSummary, users: i64) -> v1::LicenseSummary {
    let product = product::known(catalog, summary.product);
    let plans = summary.plans.iter().filter_map(|&(plan, enabled)| {
        let plan = catalog.plan(plan)?;
        Some(v1::ServicePlanSummary {
            service_plan: names::service_plan(&product.id, &plan.id),
            display_name: plan.display_name.clone(),
            holding: holding(enabled, users).into(),
            enabled_count: enabled,
        })
    });
    v1::LicenseSummary {
        product: names::product(&product.id),
        display_name: product.display_name.clone(),
        holding: holding(summary.holders, users).into(),
        holder_count: summary.holders,
        purchased_count: summary.purchased,
        assigned_count: summary.assigned,
        available_count: summary.available,
        short_count: summary.short,
        purchasable: !product.retired,
        buy_more_uri: summary.buy_more_uri.clone().unwrap_or_default(),
        service_plans: plans.collect(),
    }
}

fn holding(have_it: i64, users: i64) -> Holding {
    match have_it {
        0 => Holding::None,
        _ if have_it == users => Holding::All,
        _ => Holding::Some,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_users_hold_no_licenses() {
        assert_eq!(holding(0, 0), Holding::None);
        assert_eq!(holding(0, 3), Holding::None);
        assert_eq!(holding(2, 3), Holding::Some);
        assert_eq!(holding(3, 3), Holding::All);
    }
}
