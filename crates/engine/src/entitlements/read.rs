use seatkeeper_domain::{CompiledCatalog, CustomerId, Entitlement, ProductId, Timestamp, Units};

use super::entitlement_not_found;
use crate::{Engine, EngineResult};

/// An entitlement with the state of its seats at the time it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitlementView {
    /// The product's identifier.
    pub product: ProductId,
    /// The entitlement as stored.
    pub entitlement: Entitlement,
    /// Its seats by state at `read_time`.
    pub units: Units,
    /// When `units` was computed.
    pub read_time: Timestamp,
    /// The URI where more seats can be bought; only when none is available.
    pub buy_more_uri: Option<String>,
}

impl EntitlementView {
    /// Seats that can be assigned; negative if fewer seats are usable than assigned, after a
    /// reduction or a lapse.
    #[must_use]
    pub fn available(&self) -> i64 {
        self.units.usable() - self.entitlement.assigned - self.entitlement.reserved
    }

    /// Licenses in excess of the usable seats. Seats are counted, not numbered, so it is not known
    /// whose licenses these are.
    #[must_use]
    pub fn unusable(&self) -> i64 {
        (self.entitlement.assigned - self.units.usable()).max(0)
    }
}

impl Engine {
    /// Returns one entitlement.
    pub async fn entitlement(
        &self,
        customer: &CustomerId,
        product: &ProductId,
    ) -> EngineResult<EntitlementView> {
        let missing = || entitlement_not_found(customer, product);
        let catalog = self.catalog().await?;
        let key = self.find_customer(customer).await?.key;
        let known = catalog.product_by_id(product).ok_or_else(missing)?.key;
        let found = self.core.store.entitlements(key, Some(&[known])).await?;
        let entitlement = found.into_iter().next().ok_or_else(missing)?;
        Ok(self.view_now(&catalog, customer, entitlement))
    }

    /// All entitlements of a customer, ascending by product key: the order of the catalog.
    pub async fn list_entitlements(
        &self,
        customer: &CustomerId,
    ) -> EngineResult<Vec<EntitlementView>> {
        let key = self.find_customer(customer).await?.key;
        let entitlements = self.core.store.entitlements(key, None).await?;
        if entitlements.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.catalog().await?;
        let now = self.core.clock.now();
        Ok(entitlements
            .into_iter()
            .map(|found| self.view(&catalog, customer, found, now))
            .collect())
    }

    pub(super) fn view_now(
        &self,
        catalog: &CompiledCatalog,
        customer: &CustomerId,
        entitlement: Entitlement,
    ) -> EntitlementView {
        self.view(catalog, customer, entitlement, self.core.clock.now())
    }

    fn view(
        &self,
        catalog: &CompiledCatalog,
        customer: &CustomerId,
        entitlement: Entitlement,
        now: Timestamp,
    ) -> EntitlementView {
        let product = catalog
            .product(entitlement.product)
            .expect("a catalog keeps every product that was ever in one");
        let mut view = EntitlementView {
            product: product.id.clone(),
            units: entitlement.units_at(now),
            read_time: now,
            entitlement,
            buy_more_uri: None,
        };
        view.buy_more_uri = self.buy_more_uri(customer, product, view.available());
        view
    }
}
