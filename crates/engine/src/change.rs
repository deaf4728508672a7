use seatkeeper_domain::{
    CompiledCatalog, Entitlement, ProductId, ProductKey, SeatPool, SeatPools, Timestamp, UserFilter,
};

use crate::{EngineResult, Invalid};

/// The seat pools of these products at `now`. `own` are the reserved seats that belong to the batch
/// itself.
pub(crate) fn seat_pools(
    products: &[ProductKey],
    entitlements: &[Entitlement],
    own: &[(ProductKey, i64)],
    now: Timestamp,
) -> SeatPools {
    SeatPools::new(pools_of(products, entitlements, own, now).collect())
}

/// The seat pool of each product, as used by [`seat_pools`].
pub(crate) fn pools_of(
    products: &[ProductKey],
    entitlements: &[Entitlement],
    own: &[(ProductKey, i64)],
    now: Timestamp,
) -> impl Iterator<Item = SeatPool> {
    products.iter().map(move |&product| {
        let own = own
            .iter()
            .find(|(reserved, _)| *reserved == product)
            .map_or(0, |(_, own)| *own);
        entitlements
            .iter()
            .find(|entitlement| entitlement.product == product)
            .map_or_else(
                || SeatPool::not_entitled(product),
                |found| found.pool_at(now, own),
            )
    })
}

/// Replaces the product identifiers in a filter by keys of the catalog.
pub(crate) fn resolve_filter(
    catalog: &CompiledCatalog,
    field: &str,
    filter: UserFilter<ProductId>,
) -> EngineResult<UserFilter> {
    filter.try_map_products(&mut |id: ProductId| {
        catalog
            .product_by_id(&id)
            .map(|product| product.key)
            .ok_or_else(|| Invalid::unknown_product(field, &id))
    })
}
