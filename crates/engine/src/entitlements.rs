use seatkeeper_domain::{
    Actor, CompiledCatalog, CustomerId, Entitlement, ProductId, ProductKey, Purchase, PurchaseId,
    RequestId, Timestamp, Units,
};

use crate::digest::RequestDigest;
use crate::requests::Request;
use crate::{Engine, EngineError, EngineResult, Invalid, InvalidKind, Resource, ResourceKind, ids};

mod edit;

use edit::{Edit, EditWork};

/// An entitlement with what its seats come to at the moment it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntitlementView {
    /// The product's identifier.
    pub product: ProductId,
    /// The entitlement as stored.
    pub entitlement: Entitlement,
    /// Its units at that moment.
    pub units: Units,
    /// That moment.
    pub read_time: Timestamp,
    /// Where more seats can be bought, when none is available.
    pub buy_more_uri: Option<String>,
}

/// Seats that were bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatsPurchased {
    /// The entitlement afterwards.
    pub entitlement: EntitlementView,
    /// The purchase they are in.
    pub purchase: PurchaseId,
}

impl EntitlementView {
    /// Seats that can be assigned; negative after a reduction or a lapse below what is assigned.
    #[must_use]
    pub fn available(&self) -> i64 {
        self.units.active + self.units.warning
            - self.entitlement.assigned
            - self.entitlement.reserved
    }
}

/// Seats to be bought.
#[derive(Debug, Clone)]
pub struct PurchaseSeats {
    /// For whom.
    pub customer: CustomerId,
    /// Of what.
    pub product: ProductId,
    /// The caller's identifier of the purchase; one is made when absent.
    pub purchase: Option<PurchaseId>,
    /// How many; positive.
    pub seats: i64,
    /// From when; `None` for now.
    pub start_time: Option<Timestamp>,
    /// Until when; `None` for ever.
    pub end_time: Option<Timestamp>,
    /// The revision the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who buys.
    pub actor: Actor,
}

/// Seats to be given back.
#[derive(Debug, Clone)]
pub struct ReduceSeats {
    /// For whom.
    pub customer: CustomerId,
    /// Of what.
    pub product: ProductId,
    /// From which purchase; `None` for the newest first.
    pub purchase: Option<PurchaseId>,
    /// How many; positive.
    pub seats: i64,
    /// The revision the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who gives back.
    pub actor: Actor,
}

impl Engine {
    /// One entitlement.
    pub async fn entitlement(
        &self,
        customer: &CustomerId,
        product: &ProductId,
    ) -> EngineResult<EntitlementView> {
        let missing = || entitlement_not_found(customer, product);
        let catalog = self.catalog().await?;
        let key = self.find_customer(customer).await?.key;
        let known = catalog.product_by_id(product).ok_or_else(missing)?.key;
        let found = self.shared.store.entitlements(key, Some(&[known])).await?;
        let entitlement = found.into_iter().next().ok_or_else(missing)?;
        Ok(self.view(&catalog, customer, entitlement, self.shared.clock.now()))
    }

    /// All entitlements of a customer, ascending by product key: the order of the catalog.
    pub async fn list_entitlements(
        &self,
        customer: &CustomerId,
    ) -> EngineResult<Vec<EntitlementView>> {
        let key = self.find_customer(customer).await?.key;
        let entitlements = self.shared.store.entitlements(key, None).await?;
        if entitlements.is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.catalog().await?;
        let now = self.shared.clock.now();
        Ok(entitlements
            .into_iter()
            .map(|found| self.view(&catalog, customer, found, now))
            .collect())
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

    /// Buys seats.
    pub async fn purchase_seats(&self, purchase: PurchaseSeats) -> EngineResult<SeatsPurchased> {
        if purchase.seats <= 0 {
            return Err(Invalid::value("seat_count", "must be at least 1"));
        }
        let now = self.shared.clock.now();
        let start = purchase.start_time.unwrap_or(now);
        if purchase.end_time.is_some_and(|end| end <= start) {
            return Err(Invalid::value("end_time", "must be after start_time"));
        }
        let catalog = self.catalog().await?;
        let product = sellable_product(&catalog, &purchase.product)?;
        let request = purchase.request_id.clone().map(|id| Request {
            id,
            digest: RequestDigest::new("PurchaseSeats")
                .text(purchase.product.as_str())
                .text(purchase.purchase.as_ref().map_or("", PurchaseId::as_str))
                .number(purchase.seats)
                .number(purchase.start_time.map_or(0, Timestamp::as_micros))
                .number(purchase.end_time.map_or(0, Timestamp::as_micros))
                .finish(),
        });
        let customer = purchase.customer.clone();
        let bought = Purchase {
            id: purchase
                .purchase
                .unwrap_or_else(|| ids::purchase_id(&*self.shared.ids)),
            seats: purchase.seats,
            start_time: start,
            end_time: purchase.end_time,
        };
        let edit = Edit::Add(bought);
        let actor = purchase.actor;
        let work = EditWork {
            product,
            product_id: purchase.product,
            edit,
            revision: purchase.revision,
            request,
            validate_only: purchase.validate_only,
            actor,
            now,
        };
        let edited = self.change_customer(&customer, work).await?;
        Ok(SeatsPurchased {
            entitlement: self.view(&catalog, &customer, edited.entitlement, now),
            purchase: edited.purchase,
        })
    }

    /// Gives seats back, never below what is assigned and reserved.
    pub async fn reduce_seats(&self, reduce: ReduceSeats) -> EngineResult<EntitlementView> {
        if reduce.seats <= 0 {
            return Err(Invalid::value("seat_count", "must be at least 1"));
        }
        let now = self.shared.clock.now();
        let catalog = self.catalog().await?;
        let product = catalog
            .product_by_id(&reduce.product)
            .ok_or_else(|| entitlement_not_found(&reduce.customer, &reduce.product))?
            .key;
        let request = reduce.request_id.clone().map(|id| Request {
            id,
            digest: RequestDigest::new("ReduceSeats")
                .text(reduce.product.as_str())
                .text(reduce.purchase.as_ref().map_or("", PurchaseId::as_str))
                .number(reduce.seats)
                .finish(),
        });
        let customer = reduce.customer.clone();
        let work = EditWork {
            product,
            product_id: reduce.product,
            edit: Edit::Take {
                seats: reduce.seats,
                from: reduce.purchase,
            },
            revision: reduce.revision,
            request,
            validate_only: reduce.validate_only,
            actor: reduce.actor,
            now,
        };
        let edited = self.change_customer(&customer, work).await?;
        Ok(self.view(&catalog, &customer, edited.entitlement, now))
    }
}

fn sellable_product(catalog: &CompiledCatalog, id: &ProductId) -> EngineResult<ProductKey> {
    let product = catalog.product_by_id(id).ok_or_else(|| {
        Invalid::one(
            InvalidKind::UnknownProduct(id.clone()),
            "name",
            format!("product {id} is not in the catalog"),
        )
    })?;
    if product.retired {
        return Err(Invalid::one(
            InvalidKind::RetiredProduct(id.clone()),
            "name",
            format!("product {id} is retired: it can be revoked, not bought"),
        ));
    }
    Ok(product.key)
}

fn entitlement_not_found(customer: &CustomerId, product: &ProductId) -> EngineError {
    EngineError::NotFound(Resource::of_customer(
        ResourceKind::Entitlement,
        customer,
        "entitlements",
        product,
    ))
}
