mod assigned;
mod eligibility;
mod group_commit;
mod products;
mod summary;

use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, ChangeRequest, CompiledCatalog, CustomerId, JournalSequence, License,
    LicenseChanges, Principal, ProductId, ProductKey, RequestId, ShortagePolicy, UserId, UserKey,
};
use seatkeeper_store::LicensePageQuery;

use crate::{Engine, EngineError, EngineResult};

pub(crate) use self::group_commit::GroupCommit;
pub use assigned::{AssignedUserPage, ListAssignedUsers};
pub use eligibility::{CheckProductEligibility, Eligibilities, Eligibility};
pub use products::ProductPage;
pub use summary::{LicenseSummaries, LicenseSummary, SummarizeLicenses};

/// A request to change the licenses of one user.
#[derive(Debug, Clone)]
pub struct UpdateUserLicenses {
    /// The customer.
    pub customer: CustomerId,
    /// The user whose licenses change.
    pub user: UserId,
    /// The change.
    pub change: ChangeRequest,
    /// Whether the change applies as a whole (`PER_USER`) or product by product (`PER_LICENSE`).
    pub mode: BatchMode,
    /// What to do when a seat is missing: fail the product, reject the call, buy the seat, or put
    /// the user on the waitlist.
    pub shortage: ShortagePolicy,
    /// The revision that the user must have; `None` for any.
    pub revision: Option<i64>,
    /// Whether to return the licenses held afterwards.
    pub report_licenses: bool,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that the journal records.
    pub principal: Principal,
}

/// The result of a change for one user.
#[derive(Debug, Clone)]
pub struct UserLicensesUpdated {
    /// The result of the user, in the form of a journal entry.
    pub changes: LicenseChanges,
    /// The catalog that decided it.
    pub catalog: Arc<CompiledCatalog>,
    /// The journal entry that holds the result; `None` when nothing changed or nothing was written.
    pub sequence: Option<JournalSequence>,
}

/// A request for a page of licenses, by user in directory order, then by product.
#[derive(Debug, Clone)]
pub struct ListLicenses {
    /// The customer.
    pub customer: CustomerId,
    /// Only the licenses of this user; `None` for all users.
    pub user: Option<UserId>,
    /// Only licenses of this product; `None` for all.
    pub product: Option<ProductId>,
    /// Only licenses after this position.
    pub after: Option<(UserKey, ProductKey)>,
    /// The most licenses to return.
    pub limit: usize,
}

/// A page of licenses.
#[derive(Debug, Clone)]
pub struct LicensePage {
    /// The licenses.
    pub licenses: Vec<License>,
    /// The `after` of the next page; `None` on the last page.
    pub next: Option<(UserKey, ProductKey)>,
    /// The catalog that defines the keys; `None` before the first import.
    pub catalog: Option<Arc<CompiledCatalog>>,
}

impl Engine {
    /// Changes one user's licenses in one transaction, by group commit: other waiting calls for the
    /// customer may share the transaction. The result is the same as if the call ran alone.
    ///
    /// Violations of rules are part of the result, as in a batch. Only an invalid request is an
    /// error.
    pub async fn update_user_licenses(
        &self,
        update: UpdateUserLicenses,
    ) -> EngineResult<UserLicensesUpdated> {
        let (changes, sequence) = self.submit_update(update).await?;
        let catalog = self.catalog_version(changes.catalog_version).await?;
        Ok(UserLicensesUpdated {
            changes,
            catalog,
            sequence,
        })
    }

    /// A page of a customer's licenses.
    pub async fn list_licenses(&self, list: ListLicenses) -> EngineResult<LicensePage> {
        let customer = self.find_customer(&list.customer).await?.key;
        let user = match &list.user {
            Some(user) => Some(self.user(&list.customer, user).await?.key),
            None => None,
        };
        let catalog = match self.catalog().await {
            Err(EngineError::CatalogEmpty) => {
                return Ok(LicensePage {
                    licenses: Vec::new(),
                    next: None,
                    catalog: None,
                });
            }
            catalog => catalog?,
        };
        let product = match &list.product {
            Some(id) => match catalog.product_by_id(id) {
                Some(product) => Some(product.key),
                None => return Err(unknown("product", id)),
            },
            None => None,
        };
        let query = LicensePageQuery {
            users: user.map(|user| vec![user]),
            product,
            after: list.after,
            limit: list.limit + 1,
        };
        let mut licenses = self.core.store.licenses(customer, &query).await?;
        let more = licenses.len() > list.limit;
        licenses.truncate(list.limit);
        let next = licenses
            .last()
            .filter(|_| more)
            .map(|last| (last.user, last.held.product));
        Ok(LicensePage {
            licenses,
            next,
            catalog: Some(catalog),
        })
    }
}

fn unknown(field: &str, id: &ProductId) -> EngineError {
    crate::Invalid::one(
        crate::InvalidKind::UnknownProduct(id.clone()),
        field,
        format!("product {id} is not in the catalog"),
    )
}
