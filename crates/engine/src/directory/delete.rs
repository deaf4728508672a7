use async_trait::async_trait;
use seatkeeper_domain::{
    CatalogVersion, ChunkPlan, CustomerId, Decision, Effect, Holding, LicenseChanges, MemberState,
    Outcome, Principal, ProductDecision, RelevantProducts, Timestamp, UserId,
};
use seatkeeper_store::{CustomerTx, LoadedChunk, Selected, SelectedUser};

use super::{find_user, user_resource};
use crate::engine::check_revision;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult};

/// A request to delete a user.
#[derive(Debug, Clone)]
pub struct DeleteUser {
    /// The customer of the directory.
    pub customer: CustomerId,
    /// The user.
    pub id: UserId,
    /// The revision that the user must have; `None` for any.
    pub revision: Option<i64>,
    /// Whether to revoke the licenses that the user holds, instead of rejecting the request.
    pub force: bool,
    /// The principal that deletes the user.
    pub principal: Principal,
}

impl Engine {
    /// Deletes a user.
    ///
    /// # Errors
    /// [`EngineError::UserHasLicenses`] when the user holds licenses and `force` is not set. With
    /// `force`, the licenses are revoked in the same transaction.
    pub async fn delete_user(&self, delete: DeleteUser) -> EngineResult<()> {
        let customer = delete.customer.clone();
        let now = self.core.clock.now();
        let catalog_version = self
            .core
            .store
            .latest_catalog_version()
            .await?
            .unwrap_or(CatalogVersion(0));
        self.change_customer(
            &customer,
            DeleteTransaction {
                delete,
                catalog_version,
                now,
            },
        )
        .await
    }
}

struct DeleteTransaction {
    delete: DeleteUser,
    catalog_version: CatalogVersion,
    now: Timestamp,
}

#[async_trait]
impl Transaction for DeleteTransaction {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let DeleteUser {
            customer,
            id,
            revision,
            force,
            principal,
        } = &self.delete;
        let user = find_user(tx, id).await?;
        check_revision(*revision, user.revision, || user_resource(customer, id))?;
        let selected = [Selected {
            user: SelectedUser::Known(user.key),
            request_index: None,
        }];
        let loaded = tx.load_chunk(&selected, &RelevantProducts::All).await?;
        if let Some(changes) = revoke_everything(loaded, self.catalog_version) {
            if !force {
                let user = user_resource(customer, id);
                let licenses = held(&changes);
                return Err(EngineError::UserHasLicenses { user, licenses });
            }
            tx.record_licenses(self.now, principal, changes).await?;
        }
        tx.delete_user(user.key).await?;
        tx.append(
            self.now,
            principal,
            Effect::UserDeleted { user: id.clone() },
        )
        .await?;
        Ok(())
    }
}

/// The number of licenses that the deleted user held.
fn held(changes: &LicenseChanges) -> i64 {
    let decisions = changes.plan.decisions.iter();
    let count: usize = decisions.map(|decision| decision.products.len()).sum();
    i64::try_from(count).expect("a user's licenses fit memory")
}

/// The changes that revoke all licenses of the deleted user; `None` when the user holds none.
fn revoke_everything(
    loaded: LoadedChunk,
    catalog_version: CatalogVersion,
) -> Option<LicenseChanges> {
    let holding = loaded
        .state
        .members
        .iter()
        .find_map(|member| match member {
            MemberState::NotFound => None,
            MemberState::Found { holding, .. } => Some(*holding),
        })?;
    let Holding { licenses } = loaded.state.holdings.into_iter().nth(holding.0 as usize)?;
    if licenses.is_empty() {
        return None;
    }
    let products = licenses.into_iter().map(|license| ProductDecision {
        product: license.product,
        outcome: Outcome::Revoked,
        before: Some(license.disabled_plans),
        after: None,
        violations: Vec::new(),
        warnings: Vec::new(),
    });
    let decision = Decision {
        products: products.collect(),
        held_after: None,
    };
    Some(LicenseChanges {
        span: None,
        catalog_version,
        members: loaded.members,
        plan: ChunkPlan {
            decisions: vec![decision],
            members: vec![0],
        },
    })
}
