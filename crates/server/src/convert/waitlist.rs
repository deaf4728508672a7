use seatkeeper_domain::{CompiledCatalog, CustomerId, PlanSet, WaitlistEntry, WaitlistEntryName};
use seatkeeper_proto::v1;

use super::{etag, names, product, time};

/// Encodes an entry of a waitlist.
pub(crate) fn to_proto(
    customer: &CustomerId,
    catalog: &CompiledCatalog,
    entry: &WaitlistEntry,
) -> v1::WaitlistEntry {
    let product = product::known(catalog, entry.product);
    let name = WaitlistEntryName {
        customer: customer.clone(),
        product: product.id.clone(),
        user: entry.user_id.clone(),
    };
    let batch = entry.batch.as_ref();
    v1::WaitlistEntry {
        name: name.to_string(),
        priority: entry.sort_key.priority(),
        user: names::user(customer, &entry.user_id),
        product: names::product(&product.id),
        disabled_plans: disabled_plans(catalog, entry),
        batch: batch.map_or_else(String::new, |(_, batch)| {
            format!("{}/batches/{batch}", names::customer(customer))
        }),
        position: entry.position,
        create_time: Some(time::to_proto(entry.create_time)),
        update_time: Some(time::to_proto(entry.update_time)),
        etag: etag::of(entry.revision),
    }
}

fn disabled_plans(catalog: &CompiledCatalog, entry: &WaitlistEntry) -> Vec<String> {
    let mut assigned = entry.waiting.change.assign.iter();
    let assignment = assigned.find(|assignment| assignment.product == entry.product);
    let plans = assignment.map(|assignment| &assignment.disabled_plans);
    let plans = plans.into_iter().flat_map(PlanSet::iter);
    product::plan_names(catalog, entry.product, plans)
}
