//! Putting back what another batch did: what it did is read from its journal, as far as a chunk
//! needs it, and who changed a license since is told by the license itself.

use std::collections::HashMap;
use std::sync::Arc;

use seatkeeper_domain::{
    Asked, BatchKey, ChunkPlan, CompiledCatalog, Decision, Inverse, JournalSequence,
    LicenseChanges, Member, MemberState, PlannerOptions, ProductDecision, Restorer, SeatPools,
    UserKey,
};
use seatkeeper_store::{CustomerTx, LicenseMark, LoadedChunk, StoreError};

use super::survey::length;
use crate::{EngineError, EngineResult};

/// Puts back, user by user, what a batch that has ended did.
pub(super) struct Reverter {
    restorer: Restorer,
    batch: BatchKey,
    /// The part of the other batch's journal that was read last. It never changes.
    current: Option<Past>,
}

/// One entry of the batch that is reverted.
struct Past {
    sequence: JournalSequence,
    changes: LicenseChanges,
}

impl Reverter {
    pub(super) fn new(
        batch: BatchKey,
        catalog: Arc<CompiledCatalog>,
        options: PlannerOptions,
    ) -> Self {
        Self {
            restorer: Restorer::new(catalog, options),
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
        let asked = self.asked(tx, loaded).await?;
        Ok(self.restorer.plan(&loaded.state, &asked, pools))
    }

    pub(super) async fn plan_refused(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
        pools: &mut SeatPools,
    ) -> EngineResult<ChunkPlan> {
        let asked = self.asked(tx, loaded).await?;
        Ok(self.restorer.plan_refused(&loaded.state, &asked, pools))
    }

    pub(super) async fn plan_cancelled(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
    ) -> EngineResult<ChunkPlan> {
        let asked = self.asked(tx, loaded).await?;
        Ok(self.restorer.plan_cancelled(&asked))
    }

    /// What each user of a chunk is asked for. The members lose what stood in place of an index:
    /// which result of the other batch is theirs.
    async fn asked(
        &mut self,
        tx: &mut dyn CustomerTx,
        loaded: &mut LoadedChunk,
    ) -> EngineResult<Asked> {
        let marks = Marks::read(tx, loaded).await?;
        let mut asked = Asked::default();
        let mut known: HashMap<(JournalSequence, u32, Touched), u32> = HashMap::new();
        for member in &mut loaded.members {
            let result = member.request_index.take();
            let result = result.ok_or_else(|| self.unknown_result(member, 0))?;
            let past = self.past(tx, result).await?;
            let place = usize::try_from(result - past.changes.first_result()).unwrap_or(usize::MAX);
            let decision = past.changes.plan.members.get(place).copied();
            let Some(index) = decision else {
                return Err(self.unknown_result(member, result));
            };
            let past = self.current.as_ref().ok_or(EngineError::TaskLost)?;
            let decision = &past.changes.plan.decisions[index as usize];
            let touched = marks.touched(member.user, decision, past.sequence);
            let inverse = *known
                .entry((past.sequence, index, touched))
                .or_insert_with(|| add_inverse(&mut asked.inverses, decision, touched));
            asked.members.push(inverse);
        }
        Ok(asked)
    }

    /// The part of the other batch's journal that holds this result.
    async fn past(&mut self, tx: &mut dyn CustomerTx, result: i64) -> EngineResult<&Past> {
        let holds = |past: &Past| {
            (past.changes.first_result()..=past.changes.last_result()).contains(&result)
        };
        if !self.current.as_ref().is_some_and(holds) {
            let entries = tx.batch_entries(self.batch, result - 1, 1).await?;
            self.current = entries.into_iter().next().and_then(|entry| {
                Some(Past {
                    sequence: entry.sequence,
                    changes: entry.effect.into_license_changes()?,
                })
            });
        }
        match &self.current {
            Some(past) if holds(past) => Ok(past),
            Some(_) | None => Err(missing_result(self.batch, result)),
        }
    }

    fn unknown_result(&self, member: &Member, result: i64) -> EngineError {
        EngineError::Store(StoreError::Corrupt {
            table: "batch_segments",
            key: format!(
                "user {} of a revert of batch {}",
                member.user_id, self.batch.0
            ),
            what: format!("result {result} is not there"),
        })
    }
}

/// Licenses that were changed by somebody else since: a bit for each that a decision changed, in its
/// order. A change names at most 100 products.
type Touched = u128;

/// Adds an inverse unless the same is there, and gives its index.
fn add_inverse(inverses: &mut Vec<Inverse>, decision: &Decision, touched: Touched) -> u32 {
    let mut place = 0;
    let inverse = Inverse::of(decision, |_| {
        let since = touched & (1 << place) != 0;
        place += 1;
        since
    });
    let same = inverses.iter().position(|known| *known == inverse);
    let index = same.unwrap_or_else(|| {
        inverses.push(inverse);
        inverses.len() - 1
    });
    u32::try_from(length(index)).expect("a chunk fits memory")
}

/// Who changed each license of a chunk's users last.
struct Marks(Vec<LicenseMark>);

impl Marks {
    async fn read(tx: &mut dyn CustomerTx, loaded: &LoadedChunk) -> EngineResult<Self> {
        let found = loaded.members.iter().zip(&loaded.state.members);
        let users: Vec<UserKey> = found
            .filter(|(_, state)| matches!(state, MemberState::Found { .. }))
            .filter_map(|(member, _)| member.user)
            .collect();
        Ok(Self(tx.license_marks(&users).await?))
    }

    /// Which licenses that a decision changed somebody else has changed since: a bit for each, in
    /// the order of the decision.
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
        for (place, decided) in changed.enumerate() {
            if self.is_touched(user, decided, decided_by) {
                touched |= 1 << place;
            }
        }
        touched
    }

    /// A license that the batch left behind is untouched while its last change is the batch's. One
    /// that it revoked leaves no mark: it is untouched while nobody holds it.
    fn is_touched(
        &self,
        user: Option<UserKey>,
        decided: &ProductDecision,
        decided_by: JournalSequence,
    ) -> bool {
        let Some(user) = user else { return false };
        let place = (user, decided.product);
        let mark = self
            .0
            .binary_search_by_key(&place, |mark| (mark.user, mark.product));
        match mark {
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
