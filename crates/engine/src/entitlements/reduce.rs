use std::collections::HashSet;
use std::sync::Arc;

use seatkeeper_domain::{
    CompiledCatalog, CustomerId, LicenseChanges, Principal, ProductId, PurchaseId, RequestId,
    UserId,
};

use super::edit::Edit;
use super::seat_release::SeatRelease;
use super::transaction::EditTransaction;
use super::{EntitlementView, entitlement_not_found};
use crate::digest::RequestDigest;
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineResult, Invalid};

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
    /// Users whose seats are released in the same transaction: they lose the product. Each at
    /// most once.
    pub release_users: Vec<UserId>,
    /// The revision the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who gives back.
    pub principal: Principal,
}

/// Seats that were given back.
#[derive(Debug, Clone)]
pub struct SeatsReduced {
    /// The entitlement afterwards.
    pub entitlement: EntitlementView,
    /// The results of the users whose seats were released, if any.
    pub released: Option<LicenseChanges>,
    /// The catalog they were decided by.
    pub catalog: Arc<CompiledCatalog>,
}

impl Engine {
    /// Gives seats back, never below what is assigned and reserved once the seats of
    /// the users named are released.
    ///
    /// # Errors
    /// [`EngineError::SeatsInUse`](crate::EngineError::SeatsInUse), and
    /// [`EngineError::SeatReleaseRejected`](crate::EngineError::SeatReleaseRejected) when one
    /// of the seats can't be released; nothing is done then.
    pub async fn reduce_seats(&self, reduce: ReduceSeats) -> EngineResult<SeatsReduced> {
        if reduce.seats <= 0 {
            return Err(Invalid::value("seat_count", "must be at least 1"));
        }
        check_distinct(&reduce.release_users)?;
        let catalog = self.catalog().await?;
        let product = catalog
            .product_by_id(&reduce.product)
            .ok_or_else(|| entitlement_not_found(&reduce.customer, &reduce.product))?;
        let idempotency_key = idempotency_key(&reduce);
        let transaction = EditTransaction {
            target: self.edit_target(&reduce.customer, product),
            edit: Edit::Take {
                seats: reduce.seats,
                from: reduce.purchase,
            },
            seat_release: SeatRelease::of(&catalog, product.key, reduce.release_users),
            revision: reduce.revision,
            idempotency_key,
            validate_only: reduce.validate_only,
            principal: reduce.principal,
        };
        let edited = self.change_customer(&reduce.customer, transaction).await?;
        let entitlement = self.view_now(&catalog, &reduce.customer, edited.entitlement);
        let catalog = match &edited.released {
            Some(changes) => self.catalog_version(changes.catalog_version).await?,
            None => catalog,
        };
        Ok(SeatsReduced {
            entitlement,
            released: edited.released,
            catalog,
        })
    }
}

fn check_distinct(users: &[UserId]) -> EngineResult<()> {
    let mut known = HashSet::with_capacity(users.len());
    match users.iter().position(|user| !known.insert(user)) {
        Some(index) => Err(Invalid::value(
            &format!("release_users[{index}]"),
            "names a user who was named before",
        )),
        None => Ok(()),
    }
}

fn idempotency_key(reduce: &ReduceSeats) -> Option<IdempotencyKey> {
    let id = reduce.request_id.clone()?;
    let digest = RequestDigest::new("ReduceSeats")
        .text(reduce.product.as_str())
        .text(reduce.purchase.as_ref().map_or("", PurchaseId::as_str))
        .number(reduce.seats);
    let users = reduce.release_users.iter();
    let digest = users.fold(digest, |digest, user| digest.text(user.as_str()));
    Some(IdempotencyKey {
        id,
        digest: digest.finish(),
    })
}
