//! Reverts what another batch did. The other batch's decisions are read from its journal, one entry
//! at a time. Each license records which journal entry changed it last.

use std::collections::HashMap;
use std::sync::Arc;

use seatkeeper_domain::{
    BatchKey, ChunkPlan, CompiledCatalog, Decision, JournalSequence, LicenseChanges, Member,
    MemberState, PlannerOptions, ProductDecision, RevertPlanner, RevertRequest, SeatPools, UserKey,
    UserRevert,
};
use seatkeeper_store::{CustomerTx, LicenseVersion, LoadedChunk, StoreError};

use crate::batch::address::length;
use crate::{EngineError, EngineResult};

/// Reverts, user by user, what an ended batch did.
pub(crate) struct BatchReverter {
    planner: RevertPlanner,
    batch: BatchKey,
    /// The entry of the other batch that was read last. Entries never change.
    current: Option<PriorEntry>,
}

/// One journal entry of the batch that is reverted.
struct PriorEntry {
    sequence: JournalSequence,
    changes: LicenseChanges,
}

impl BatchReverter {
    pub(super) fn new(
        batch: BatchKey,
        catalog: Arc<CompiledCatalog>,
        options: PlannerOptions,
    ) -> Self {
        Self {
            planner: RevertPlanner::new(catalog, options),
            batch,
            current: None,
        }
    }

    pub(super) async fn plan(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
        pools: &mut SeatPools,
    ) -> EngineResult<ChunkPlan> {
        let request = self.request(tx, loaded).await?;
        Ok(self.planner.plan(&loaded.state, &request, pools))
    }

    pub(super) async fn plan_refused(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
        pools: &mut SeatPools,
    ) -> EngineResult<ChunkPlan> {
        let request = self.request(tx, loaded).await?;
        Ok(self.planner.plan_refused(&loaded.state, &request, pools))
    }

    pub(super) async fn plan_cancelled(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
    ) -> EngineResult<ChunkPlan> {
        let request = self.request(tx, loaded).await?;
        Ok(self.planner.plan_cancelled(&request))
    }

    /// The revert of each user of a chunk. Each member's request index holds the sequence number of
    /// the user's result in the other batch; it is cleared here.
    async fn request(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
    ) -> EngineResult<RevertRequest> {
        let versions = Versions::read(tx, loaded).await?;
        let mut request = RevertRequest::default();
        let mut known: HashMap<(JournalSequence, u32, Touched), u32> = HashMap::new();
        for member in &mut loaded.members {
            let result = member.request_index.take();
            let result = result.ok_or_else(|| self.unknown_result(member, 0))?;
            let prior = self.prior_entry(tx, result).await?;
            let index =
                usize::try_from(result - prior.changes.first_result()).unwrap_or(usize::MAX);
            let decision = prior.changes.plan.members.get(index).copied();
            let Some(index) = decision else {
                return Err(self.unknown_result(member, result));
            };
            let prior = self.current.as_ref().ok_or(EngineError::TaskLost)?;
            let decision = &prior.changes.plan.decisions[index as usize];
            let touched = versions.touched(member.user, decision, prior.sequence);
            let revert = *known
                .entry((prior.sequence, index, touched))
                .or_insert_with(|| add_revert(&mut request.reverts, decision, touched));
            request.members.push(revert);
        }
        Ok(request)
    }

    /// The entry of the other batch that holds this result.
    async fn prior_entry(
        &mut self,
        tx: &mut dyn CustomerTx,
        result: i64,
    ) -> EngineResult<&PriorEntry> {
        let holds = |prior: &PriorEntry| {
            (prior.changes.first_result()..=prior.changes.last_result()).contains(&result)
        };
        if !self.current.as_ref().is_some_and(holds) {
            let entries = tx.batch_entries(self.batch, result - 1, 1).await?;
            self.current = entries.into_iter().next().and_then(|entry| {
                Some(PriorEntry {
                    sequence: entry.sequence,
                    changes: entry.effect.into_license_changes()?,
                })
            });
        }
        match &self.current {
            Some(prior) if holds(prior) => Ok(prior),
            Some(_) | None => Err(missing_result(self.batch, result)),
        }
    }

    fn unknown_result(&self, member: &Member, result: i64) -> EngineError {
        EngineError::Store(StoreError::Corrupt {
            table: "batch_segments",
            key: format!(
                "user {} in the revert of batch {}",
                member.user_id, self.batch.0
            ),
            what: format!("result {result} does not exist"),
        })
    }
}

/// Licenses that were changed after the batch: one bit for each product that a decision changed, in
/// order. A change names at most 100 products.
type Touched = u128;

/// Adds a revert unless an equal one exists, and returns its index.
fn add_revert(reverts: &mut Vec<UserRevert>, decision: &Decision, touched: Touched) -> u32 {
    let mut bit = 0;
    let revert = UserRevert::of(decision, |_| {
        let since = touched & (1 << bit) != 0;
        bit += 1;
        since
    });
    let same = reverts.iter().position(|known| *known == revert);
    let index = same.unwrap_or_else(|| {
        reverts.push(revert);
        reverts.len() - 1
    });
    u32::try_from(length(index)).expect("a chunk fits memory")
}

/// The last change of each license of a chunk's users.
struct Versions(Vec<LicenseVersion>);

impl Versions {
    async fn read(tx: &mut dyn CustomerTx, loaded: &LoadedChunk) -> EngineResult<Self> {
        let found = loaded.members.iter().zip(&loaded.state.members);
        let users: Vec<UserKey> = found
            .filter(|(_, state)| matches!(state, MemberState::Found { .. }))
            .filter_map(|(member, _)| member.user)
            .collect();
        Ok(Self(tx.license_versions(&users).await?))
    }

    /// The licenses that were changed after the batch: one bit for each product that the decision
    /// changed, in order.
    fn touched(
        &self,
        user: Option<UserKey>,
        decision: &Decision,
        decided_by: JournalSequence,
    ) -> Touched {
        let changed = decision
            .products
            .iter()
            .filter(|decided| decided.outcome.is_change());
        let mut touched = 0;
        for (bit, decided) in changed.enumerate() {
            if self.is_touched(user, decided, decided_by) {
                touched |= 1 << bit;
            }
        }
        touched
    }

    /// A license that the batch assigned or updated is untouched while its last change is the
    /// batch's. A license that the batch revoked has no version: it is untouched while the user
    /// does not hold it.
    fn is_touched(
        &self,
        user: Option<UserKey>,
        decided: &ProductDecision,
        decided_by: JournalSequence,
    ) -> bool {
        let Some(user) = user else { return false };
        let key = (user, decided.product);
        let version = self
            .0
            .binary_search_by_key(&key, |version| (version.user, version.product));
        match version {
            Ok(index) => decided.after.is_none() || self.0[index].changed_by != decided_by,
            Err(_) => decided.after.is_some(),
        }
    }
}

fn missing_result(batch: BatchKey, result: i64) -> EngineError {
    EngineError::Store(StoreError::Corrupt {
        table: "journal",
        key: format!("batch {} result {result}", batch.0),
        what: "no entry holds this result".to_owned(),
    })
}
