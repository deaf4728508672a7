use seatkeeper_domain::{CustomerId, Principal, ProductId, PurchaseId, RequestId, Timestamp};

use super::edit::Edit;
use super::transaction::EditTransaction;
use super::{EntitlementView, entitlement_not_found};
use crate::digest::RequestDigest;
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineResult};

/// A purchase to be given a new end.
#[derive(Debug, Clone)]
pub struct RenewPurchase {
    /// Whose.
    pub customer: CustomerId,
    /// Of what.
    pub product: ProductId,
    /// Which.
    pub purchase: PurchaseId,
    /// Until when, later than now it does; `None` for ever.
    pub end_time: Option<Timestamp>,
    /// The revision of the entitlement the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who renews.
    pub principal: Principal,
}

impl Engine {
    /// Gives a purchase a new end: its seats go on, or come back from grace or suspension.
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
