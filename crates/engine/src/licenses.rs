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

/// A change for one user.
#[derive(Debug, Clone)]
pub struct UpdateUserLicenses {
    /// Of which customer.
    pub customer: CustomerId,
    /// Whose licenses.
    pub user: UserId,
    /// What to do.
    pub change: ChangeRequest,
    /// Whether the change applies whole, or product by product.
    pub mode: BatchMode,
    /// What to do when a seat is missing: fail its product, refuse the call, buy it, or wait for one.
    pub shortage: ShortagePolicy,
    /// The revision of the user the caller read, if it insists on it.
    pub revision: Option<i64>,
    /// Tell the licenses held afterwards.
    pub report_licenses: bool,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// Only tell what would happen.
    pub validate_only: bool,
    /// Who asks.
    pub principal: Principal,
}

/// What a change for one user came to.
#[derive(Debug, Clone)]
pub struct UserLicensesUpdated {
    /// The one result, with the catalog it was decided by.
    pub changes: LicenseChanges,
    /// The catalog it was decided by.
    pub catalog: Arc<CompiledCatalog>,
    /// The journal entry that holds it; `None` when nothing changed or nothing was to be written.
    pub sequence: Option<JournalSequence>,
}

/// Licenses to be listed, by user in directory order, then by product.
#[derive(Debug, Clone)]
pub struct ListLicenses {
    /// Of which customer.
    pub customer: CustomerId,
    /// Whose; `None` for everyone's.
    pub user: Option<UserId>,
    /// Of which product; `None` for all.
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
    /// Where the next page starts; `None` on the last.
    pub next: Option<(UserKey, ProductKey)>,
    /// The catalog whose keys they carry; `None` before the first import.
    pub catalog: Option<Arc<CompiledCatalog>>,
}

impl Engine {
    /// Changes one user's licenses in one transaction, which other calls of the customer that wait
    /// at that time may share. What it comes to is as if it were alone.
    ///
    /// Violations of rules are part of the result, as in a batch; only what is wrong with the
    /// request itself is an error.
    pub async fn update_user_licenses(
        &self,
        update: UpdateUserLicenses,
    ) -> EngineResult<UserLicensesUpdated> {
        let (changes, sequence) = self.core.submit_update(update).await?;
        let catalog = self.catalog_version(changes.catalog_version).await?;
        Ok(UserLicensesUpdated {
            changes,
            catalog,
            sequence,
        })
    }

    /// A page of licenses.
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
