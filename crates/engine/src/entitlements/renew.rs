use seatkeeper_domain::{CustomerId, Principal, ProductId, PurchaseId, RequestId, Timestamp};

use super::edit::Edit;
use super::transaction::EditTransaction;
use super::{EntitlementView, entitlement_not_found};
use crate::digest::RequestDigest;
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineResult};

/// A request to renew a purchase.
#[derive(Debug, Clone)]
pub struct RenewPurchase {
    /// The customer.
    pub customer: CustomerId,
    /// The product.
    pub product: ProductId,
    /// The purchase.
    pub purchase: PurchaseId,
    /// The new end, later than the current one; `None` for never.
    pub end_time: Option<Timestamp>,
    /// The revision that the entitlement must have; `None` for any.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that renews the purchase.
    pub principal: Principal,
}

impl Engine {
    /// Sets a later end of a purchase. Its seats stay available, or return from grace or
    /// suspension.
    pub async fn renew_purchase(&self, renew: RenewPurchase) -> EngineResult<EntitlementView> {
        let catalog = self.catalog().await?;
        let product = catalog
            .product_by_id(&renew.product)
            .ok_or_else(|| entitlement_not_found(&renew.customer, &renew.product))?;
        let idempotency_key = renew.request_id.clone().map(|id| IdempotencyKey {
            id,
            digest: RequestDigest::new("RenewPurchase")
                .text(renew.product.as_str())
                .text(renew.purchase.as_str())
                .time(renew.end_time)
                .finish(),
        });
        let transaction = EditTransaction {
            target: self.edit_target(&renew.customer, product),
            edit: Edit::Renew {
                purchase: renew.purchase,
                end_time: renew.end_time,
            },
            seat_release: None,
            revision: renew.revision,
            idempotency_key,
            validate_only: renew.validate_only,
            principal: renew.principal,
        };
        let edited = self.change_customer(&renew.customer, transaction).await?;
        Ok(self.view_now(&catalog, &renew.customer, edited.entitlement))
    }
}
