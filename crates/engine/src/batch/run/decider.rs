use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, ChunkPlan, CompiledCatalog, Planner, PlannerOptions, RelevantProducts, SeatPools,
    ShortagePolicy,
};
use seatkeeper_store::{BatchSpec, BatchTask, CustomerTx, LoadedChunk};

use super::revert::BatchReverter;
use crate::EngineResult;

/// Decides what a batch does to its users.
pub(crate) enum Decider {
    /// Applies the same change to each user.
    Change(Planner),
    /// Reverts for each user what another batch did.
    Revert(BatchReverter),
}

impl Decider {
    pub(crate) fn new(spec: &BatchSpec, catalog: Arc<CompiledCatalog>) -> Self {
        let options = planner_options(spec.mode, spec.report_licenses, spec.shortage);
        match &spec.task {
            BatchTask::Change(change) => {
                Self::Change(Planner::new(catalog, change.clone(), options))
            }
            BatchTask::Revert { batch, .. } => {
                Self::Revert(BatchReverter::new(batch.key, catalog, options))
            }
        }
    }

    /// The products whose licenses must be loaded for each user.
    pub(crate) fn relevant(&self) -> RelevantProducts {
        match self {
            Self::Change(planner) => planner.relevant().clone(),
            // Each user has other products to restore.
            Self::Revert(_) => RelevantProducts::All,
        }
    }

    /// Decides the users of a chunk in order.
    pub(crate) async fn plan(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
        pools: &mut SeatPools,
    ) -> EngineResult<ChunkPlan> {
        match self {
            Self::Change(planner) => Ok(planner.plan(&loaded.state, pools)),
            Self::Revert(reverter) => reverter.plan(tx, loaded, pools).await,
        }
    }

    /// The results of a chunk of a refused all-or-nothing batch.
    pub(super) async fn plan_refused(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
        pools: &mut SeatPools,
    ) -> EngineResult<ChunkPlan> {
        match self {
            Self::Change(planner) => Ok(planner.plan_refused(&loaded.state, pools)),
            Self::Revert(reverter) => reverter.plan_refused(tx, loaded, pools).await,
        }
    }

    /// The results of the users that a cancelled batch did not process.
    pub(super) async fn plan_cancelled(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
    ) -> EngineResult<ChunkPlan> {
        match self {
            Self::Change(planner) => Ok(planner.plan_cancelled(loaded.members.len())),
            Self::Revert(reverter) => reverter.plan_cancelled(tx, loaded).await,
        }
    }
}

pub(crate) fn planner_options(
    mode: BatchMode,
    report_licenses: bool,
    shortage: ShortagePolicy,
) -> PlannerOptions {
    PlannerOptions {
        mode,
        report_licenses,
        waits_for_seats: shortage == ShortagePolicy::Waitlist,
    }
}
