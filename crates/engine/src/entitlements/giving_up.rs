use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, Change, CompiledCatalog, CustomerId, Entitlement, LicenseChanges, Outcome, Planner,
    PlannerOptions, ProductDecision, ProductKey, UserId, Violation,
};
use seatkeeper_store::{CustomerTx, LoadedChunk, Selected, SelectedUser};

use super::edit::Target;
use crate::change::seat_pools;
use crate::directory::user_resource;
use crate::{EngineError, EngineResult, GivingUpProblem, GivingUpRefusal};

/// Users who give up their seats of a product, all of them or nobody.
pub(super) struct GivingUp {
    users: Vec<UserId>,
    planner: Planner,
}

impl GivingUp {
    /// `None` when nobody does.
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

    /// Decides what becomes of the users, in their order, and takes their seats off those that
    /// are assigned.
    ///
    /// # Errors
    /// [`EngineError::GivingUpRefused`] when one of them can't give up a seat.
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
        let refusals = refusals(self.planner.catalog(), &target.customer, &changes);
        if refusals.is_empty() {
            Ok(changes)
        } else {
            Err(EngineError::GivingUpRefused(refusals))
        }
    }
}

fn refusals(
    catalog: &CompiledCatalog,
    customer: &CustomerId,
    changes: &LicenseChanges,
) -> Vec<GivingUpRefusal> {
    let refused = changes.results().filter_map(|result| {
        let decided = result.decision.products.first()?;
        let problem = problem(catalog, decided)?;
        let user = user_resource(customer, &result.member.user_id);
        Some(GivingUpRefusal { user, problem })
    });
    refused.collect()
}

/// Why a user does not give up a seat; `None` when they do.
fn problem(catalog: &CompiledCatalog, decided: &ProductDecision) -> Option<GivingUpProblem> {
    match decided.outcome {
        Outcome::Revoked => None,
        Outcome::Assigned | Outcome::Updated | Outcome::Unchanged | Outcome::Waitlisted => {
            Some(GivingUpProblem::NotHeld)
        }
        Outcome::Failed => {
            let needed_by = decided.violations.iter().find_map(dependent);
            let product = needed_by.and_then(|product| catalog.product(product));
            Some(product.map_or(GivingUpProblem::NoSuchUser, |product| {
                GivingUpProblem::NeededBy(product.id.clone())
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
