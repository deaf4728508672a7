use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, Change, CompiledCatalog, CustomerId, Entitlement, LicenseChanges, Outcome, Planner,
    PlannerOptions, ProductDecision, ProductKey, UserId, Violation,
};
use seatkeeper_store::{CustomerTx, LoadedChunk, Selected, SelectedUser};

use super::edit::Target;
use crate::change::seat_pools;
use crate::directory::user_resource;
use crate::{EngineError, EngineResult, SeatReleaseProblem, SeatReleaseRejection};

/// Releases the seats that users hold of a product: all of them, or none.
pub(super) struct SeatRelease {
    users: Vec<UserId>,
    planner: Planner,
}

impl SeatRelease {
    /// Returns `None` when `users` is empty.
    pub(super) fn of(
        catalog: &Arc<CompiledCatalog>,
        product: ProductKey,
        users: Vec<UserId>,
    ) -> Option<Self> {
        let change = Change {
            assign: Vec::new(),
            revoke: vec![product],
        };
        let options = PlannerOptions {
            mode: BatchMode::PerUser,
            report_licenses: false,
            waits_for_seats: false,
        };
        let planner = Planner::new(Arc::clone(catalog), change, options);
        (!users.is_empty()).then_some(Self { users, planner })
    }

    /// Decides the users in their order, and subtracts the released seats from the assigned ones.
    ///
    /// # Errors
    /// [`EngineError::SeatReleaseRejected`] when one of the seats can't be released.
    pub(super) async fn decide(
        &mut self,
        tx: &mut dyn CustomerTx,
        target: &Target,
        entitlement: &mut Entitlement,
    ) -> EngineResult<LicenseChanges> {
        let keys = tx.resolve_users(&self.users).await?;
        let users = self.users.iter().zip(keys).zip(0..);
        let selected = users.map(|((id, key), index)| Selected {
            user: key.map_or_else(|| SelectedUser::Unknown(id.clone()), SelectedUser::Known),
            request_index: Some(index),
        });
        let selected: Vec<Selected> = selected.collect();
        let LoadedChunk { members, state, .. } =
            tx.load_chunk(&selected, self.planner.relevant()).await?;
        let products: Vec<_> = self.planner.change().products().collect();
        let entitlements = std::slice::from_ref(entitlement);
        let mut pools = seat_pools(&products, entitlements, &[], target.now);
        let plan = self.planner.plan(&state, &mut pools);
        entitlement.assigned += pools.taken(target.product);
        let changes = LicenseChanges {
            span: None,
            catalog_version: self.planner.catalog().version(),
            members,
            plan,
        };
        let rejections = rejections(self.planner.catalog(), &target.customer, &changes);
        if rejections.is_empty() {
            Ok(changes)
        } else {
            Err(EngineError::SeatReleaseRejected(rejections))
        }
    }
}

fn rejections(
    catalog: &CompiledCatalog,
    customer: &CustomerId,
    changes: &LicenseChanges,
) -> Vec<SeatReleaseRejection> {
    let rejected = changes.results().filter_map(|result| {
        let decided = result.decision.products.first()?;
        let problem = problem(catalog, decided)?;
        let user = user_resource(customer, &result.member.user_id);
        Some(SeatReleaseRejection { user, problem })
    });
    rejected.collect()
}

/// Why a seat is not released; `None` when it is.
fn problem(catalog: &CompiledCatalog, decided: &ProductDecision) -> Option<SeatReleaseProblem> {
    match decided.outcome {
        Outcome::Revoked => None,
        Outcome::Assigned | Outcome::Updated | Outcome::Unchanged | Outcome::Waitlisted => {
            Some(SeatReleaseProblem::NotHeld)
        }
        Outcome::Failed => {
            let needed_by = decided.violations.iter().find_map(dependent);
            let product = needed_by.and_then(|product| catalog.product(product));
            Some(product.map_or(SeatReleaseProblem::NoSuchUser, |product| {
                SeatReleaseProblem::NeededBy(product.id.clone())
            }))
        }
    }
}

fn dependent(violation: &Violation) -> Option<ProductKey> {
    if let Violation::DependencyMissing {
        dependent_product, ..
    } = violation
    {
        Some(*dependent_product)
    } else {
        None
    }
}
