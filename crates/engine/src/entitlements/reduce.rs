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

/// A request to give seats back.
#[derive(Debug, Clone)]
pub struct ReduceSeats {
    /// The customer.
    pub customer: CustomerId,
    /// The product.
    pub product: ProductId,
    /// The purchase to reduce; `None` for the newest first.
    pub purchase: Option<PurchaseId>,
    /// Number of seats; must be positive.
    pub seats: i64,
    /// Users whose seats are released in the same transaction: they lose the product. Each user at
    /// most once.
    pub release_users: Vec<UserId>,
    /// The revision that the entitlement must have; `None` for any.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that gives the seats back.
    pub principal: Principal,
}

/// The result of giving seats back.
#[derive(Debug, Clone)]
pub struct SeatsReduced {
    /// The entitlement after the reduction.
    pub entitlement: EntitlementView,
    /// The results of the users whose seats were released, if any.
    pub released: Option<LicenseChanges>,
    /// The catalog that decided the released users.
    pub catalog: Arc<CompiledCatalog>,
}

impl Engine {
    /// Gives seats back. The seats never fall below the assigned and reserved ones; the seats of
    /// `release_users` are released first.
    ///
    /// # Errors
    /// [`EngineError::SeatsInUse`](crate::EngineError::SeatsInUse), and
    /// [`EngineError::SeatReleaseRejected`](crate::EngineError::SeatReleaseRejected) when one of
    /// the seats can't be released. After an error nothing has changed.
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
            "repeats a user; list each user once",
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
