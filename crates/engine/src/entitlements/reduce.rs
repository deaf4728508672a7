use std::collections::HashSet;
use std::sync::Arc;

use seatkeeper_domain::{
    Actor, CompiledCatalog, CustomerId, LicenseChanges, ProductId, PurchaseId, RequestId, UserId,
};

use super::edit::Edit;
use super::giving_up::GivingUp;
use super::work::EditWork;
use super::{EntitlementView, entitlement_not_found};
use crate::digest::RequestDigest;
use crate::requests::Request;
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
    /// Users who lose the product in the same transaction; each at most once.
    pub giving_up: Vec<UserId>,
    /// The revision the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who gives back.
    pub actor: Actor,
}

/// Seats that were given back.
#[derive(Debug, Clone)]
pub struct SeatsReduced {
    /// The entitlement afterwards.
    pub entitlement: EntitlementView,
    /// What happened to the users who gave up their seats, if there were some.
    pub given_up: Option<LicenseChanges>,
    /// The catalog they were judged by.
    pub catalog: Arc<CompiledCatalog>,
}

impl Engine {
    /// Gives seats back, never below what is assigned and reserved once the users named have
    /// given up theirs.
    ///
    /// # Errors
    /// [`EngineError::SeatsInUse`](crate::EngineError::SeatsInUse), and
    /// [`EngineError::GivingUpRefused`](crate::EngineError::GivingUpRefused) when one of the users
    /// can't give up a seat; nothing is done then.
    pub async fn reduce_seats(&self, reduce: ReduceSeats) -> EngineResult<SeatsReduced> {
        if reduce.seats <= 0 {
            return Err(Invalid::value("seat_count", "must be at least 1"));
        }
        check_distinct(&reduce.giving_up)?;
        let catalog = self.catalog().await?;
        let product = catalog
            .product_by_id(&reduce.product)
            .ok_or_else(|| entitlement_not_found(&reduce.customer, &reduce.product))?;
        let request = request(&reduce);
        let work = EditWork {
            target: self.edit_target(&reduce.customer, product),
            edit: Edit::Take {
                seats: reduce.seats,
                from: reduce.purchase,
            },
            giving_up: GivingUp::of(&catalog, product.key, reduce.giving_up),
            revision: reduce.revision,
            request,
            validate_only: reduce.validate_only,
            actor: reduce.actor,
        };
        let edited = self.change_customer(&reduce.customer, work).await?;
        let entitlement = self.view_now(&catalog, &reduce.customer, edited.entitlement);
        let catalog = match &edited.given_up {
            Some(changes) => self.catalog_version(changes.catalog_version).await?,
            None => catalog,
        };
        Ok(SeatsReduced {
            entitlement,
            given_up: edited.given_up,
            catalog,
        })
    }
}

fn check_distinct(users: &[UserId]) -> EngineResult<()> {
    let mut known = HashSet::with_capacity(users.len());
    match users.iter().position(|user| !known.insert(user)) {
        Some(index) => Err(Invalid::value(
            &format!("users_giving_up[{index}]"),
            "names a user who was named before",
        )),
        None => Ok(()),
    }
}

fn request(reduce: &ReduceSeats) -> Option<Request> {
    let id = reduce.request_id.clone()?;
    let digest = RequestDigest::new("ReduceSeats")
        .text(reduce.product.as_str())
        .text(reduce.purchase.as_ref().map_or("", PurchaseId::as_str))
        .number(reduce.seats);
    let users = reduce.giving_up.iter();
    let digest = users.fold(digest, |digest, user| digest.text(user.as_str()));
    Some(Request {
        id,
        digest: digest.finish(),
    })
}
