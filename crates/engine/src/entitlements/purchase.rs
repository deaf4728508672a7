use seatkeeper_domain::{
    CustomerId, Principal, ProductId, Purchase, PurchaseId, RequestId, Timestamp,
};

use super::EntitlementView;
use super::edit::Edit;
use super::transaction::EditTransaction;
use crate::digest::RequestDigest;
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineResult, Invalid, ids};

/// A request to buy seats.
#[derive(Debug, Clone)]
pub struct PurchaseSeats {
    /// The customer.
    pub customer: CustomerId,
    /// The product.
    pub product: ProductId,
    /// The caller's identifier of the purchase; generated when absent.
    pub purchase: Option<PurchaseId>,
    /// Number of seats; must be positive.
    pub seats: i64,
    /// When the seats become available; `None` for now.
    pub start_time: Option<Timestamp>,
    /// When the seats lapse; `None` for never.
    pub end_time: Option<Timestamp>,
    /// The revision that the entitlement must have; `None` for any.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that buys the seats.
    pub principal: Principal,
}

/// The result of a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatsPurchased {
    /// The entitlement after the purchase.
    pub entitlement: EntitlementView,
    /// The purchase that holds the seats.
    pub purchase: PurchaseId,
}

impl Engine {
    /// Buys seats.
    ///
    /// # Errors
    /// [`EngineError::AlreadyExists`](crate::EngineError::AlreadyExists) when the purchase's
    /// identifier is taken, [`EngineError::Limit`](crate::EngineError::Limit) when the entitlement
    /// has reached its limit of purchases.
    pub async fn purchase_seats(&self, purchase: PurchaseSeats) -> EngineResult<SeatsPurchased> {
        if purchase.seats <= 0 {
            return Err(Invalid::value("seat_count", "must be at least 1"));
        }
        let catalog = self.catalog().await?;
        let product = catalog
            .product_by_id(&purchase.product)
            .ok_or_else(|| Invalid::unknown_product("name", &purchase.product))?;
        let idempotency_key = idempotency_key(&purchase);
        let id = purchase
            .purchase
            .unwrap_or_else(|| ids::purchase_id(&*self.core.ids));
        let target = self.edit_target(&purchase.customer, product);
        let edit = Edit::Add {
            purchase: Purchase {
                id: id.clone(),
                seats: purchase.seats,
                start_time: purchase.start_time.unwrap_or(target.now),
                end_time: purchase.end_time,
            },
            retired: product.retired,
        };
        let transaction = EditTransaction {
            target,
            edit,
            seat_release: None,
            revision: purchase.revision,
            idempotency_key,
            validate_only: purchase.validate_only,
            principal: purchase.principal,
        };
        let customer = &purchase.customer;
        let edited = self.change_customer(customer, transaction).await?;
        Ok(SeatsPurchased {
            entitlement: self.view_now(&catalog, customer, edited.entitlement),
            purchase: edited.replayed_purchase.unwrap_or(id),
        })
    }
}

fn idempotency_key(purchase: &PurchaseSeats) -> Option<IdempotencyKey> {
    let id = purchase.request_id.clone()?;
    let digest = RequestDigest::new("PurchaseSeats")
        .text(purchase.product.as_str())
        .text(purchase.purchase.as_ref().map_or("", PurchaseId::as_str))
        .number(purchase.seats)
        .time(purchase.start_time)
        .time(purchase.end_time)
        .finish();
    Some(IdempotencyKey { id, digest })
}
