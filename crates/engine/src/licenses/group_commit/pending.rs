use seatkeeper_domain::{
    Decision, JournalSequence, LicenseChanges, RelevantProducts, RequestId, SeatPools,
    ShortagePolicy, UserId, UserKey, Violation,
};
use seatkeeper_store::{CustomerTx, IdempotencyTarget, Selected, SelectedUser};

use super::call::{Answer, Call, Ready};
use crate::directory::user_resource;
use crate::engine::{check_revision, customer_id};
use crate::licenses::UpdateUserLicenses;
use crate::{EngineError, EngineResult, Shortage};

/// The updates of a group that are still to be decided, in order of arrival, and the results of the
/// other ones.
pub(super) struct PendingUpdates<'a> {
    pub(super) open: Vec<PendingUpdate<'a>>,
    /// The results by the index of the call in the group; `None` while a call is pending.
    answers: Vec<Option<EngineResult<Answer>>>,
}

/// A call of a group that is still to be decided.
pub(super) struct PendingUpdate<'a> {
    index: usize,
    pub(super) update: &'a UpdateUserLicenses,
    pub(super) ready: &'a mut Ready,
}

impl<'a> PendingUpdates<'a> {
    /// Collects all calls. A call with an invalid change is resolved with its error.
    pub(super) fn of(calls: &'a mut [Call]) -> Self {
        let mut updates = Self {
            open: Vec::with_capacity(calls.len()),
            answers: Vec::with_capacity(calls.len()),
        };
        for (index, call) in calls.iter_mut().enumerate() {
            let answer = match &mut call.ready {
                Some(Ok(ready)) => {
                    let update = &call.update;
                    updates.open.push(PendingUpdate {
                        index,
                        update,
                        ready,
                    });
                    None
                }
                Some(Err(invalid)) => Some(Err(invalid.clone())),
                None => Some(Err(EngineError::TaskLost)),
            };
            updates.answers.push(answer);
        }
        updates
    }

    /// Resolves each update that `answer` returns a result for.
    fn resolve(
        &mut self,
        mut answer: impl FnMut(&mut PendingUpdate<'a>) -> Option<EngineResult<Answer>>,
    ) {
        let answers = &mut self.answers;
        self.open.retain_mut(|pending| {
            let answer = answer(pending);
            let is_open = answer.is_none();
            answers[pending.index] = answer;
            is_open
        });
    }

    /// Resolves all remaining updates, each with the written changes and the sequence number of
    /// their journal entry.
    pub(super) fn complete_all(&mut self, written: Vec<(LicenseChanges, JournalSequence)>) {
        let mut written = written.into_iter();
        self.resolve(|_| {
            let (changes, entry) = written.next()?;
            Some(Ok((changes, Some(entry))))
        });
    }

    /// The results of all calls, in order.
    pub(super) fn into_answers(self) -> Vec<EngineResult<Answer>> {
        let answers = self.answers.into_iter();
        answers
            .map(|answer| answer.unwrap_or(Err(EngineError::TaskLost)))
            .collect()
    }

    /// Resolves the updates that an earlier call with the same request id has made.
    pub(super) async fn resolve_replays(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let keys = self.open.iter().filter_map(|pending| pending.request_id());
        let ids: Vec<RequestId> = keys.cloned().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut known = tx.idempotency_records(&ids).await?.into_iter();
        let mut indexes = Vec::new();
        let mut sequences = Vec::new();
        self.resolve(|pending| {
            let key = pending.ready.idempotency_key.as_ref()?;
            match key.replay(known.next().flatten()) {
                Ok(Some(IdempotencyTarget::Entry(sequence))) => {
                    indexes.push(pending.index);
                    sequences.push(sequence);
                }
                Ok(Some(IdempotencyTarget::Batch(_)) | None) => {}
                Err(reused) => return Some(Err(reused)),
            }
            None
        });
        if sequences.is_empty() {
            return Ok(());
        }
        let entries = tx.entries(&sequences).await?;
        let mut found = indexes.into_iter().zip(entries).peekable();
        self.resolve(|pending| {
            let (_, entry) = found.next_if(|(index, _)| *index == pending.index)?;
            let entry = entry?;
            let changes = entry.effect.into_license_changes()?;
            Some(Ok((changes, Some(entry.sequence))))
        });
        Ok(())
    }

    /// Resolves the updates of users who do not exist or have another revision than the caller
    /// expects. Returns the keys of the other users, in order.
    pub(super) async fn resolve_not_found(
        &mut self,
        tx: &mut dyn CustomerTx,
    ) -> EngineResult<Vec<UserKey>> {
        if self.open.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<UserId> = self
            .open
            .iter()
            .map(|pending| pending.update.user.clone())
            .collect();
        let mut found = tx.users(&ids).await?.into_iter();
        let customer = customer_id(tx);
        let mut keys = Vec::with_capacity(ids.len());
        self.resolve(|pending| {
            let resource = || user_resource(&customer, &pending.update.user);
            let Some(user) = found.next().flatten() else {
                return Some(Err(EngineError::NotFound(resource())));
            };
            let checked = check_revision(pending.update.revision, user.revision, resource);
            if checked.is_ok() {
                keys.push(user.key);
            }
            checked.err().map(Err)
        });
        Ok(keys)
    }

    /// Decides the updates one after another, each with the seats that the earlier ones leave.
    /// Resolves the updates that write nothing, and returns the changes of the other ones, in
    /// order.
    pub(super) async fn decide(
        &mut self,
        tx: &mut dyn CustomerTx,
        users: &[UserKey],
        pools: &mut SeatPools,
    ) -> EngineResult<Vec<LicenseChanges>> {
        let selected: Vec<Selected> = users
            .iter()
            .map(|&user| Selected {
                user: SelectedUser::Known(user),
                request_index: None,
            })
            .collect();
        let loaded = tx.load_chunk(&selected, &RelevantProducts::All).await?;
        let mut members = loaded.members.into_iter().enumerate();
        let mut decided = Vec::with_capacity(users.len());
        self.resolve(|pending| {
            let (index, member) = members.next()?;
            let mut left = pools.clone();
            let planner = &mut pending.ready.planner;
            let plan = planner.plan(&loaded.state.of_one(index), &mut left);
            let changes = LicenseChanges {
                span: None,
                catalog_version: planner.catalog().version(),
                members: vec![member],
                plan,
            };
            if let Err(short) = pending.check_seats(&changes) {
                return Some(Err(short));
            }
            if !pending.is_to_be_written(&changes) {
                return Some(Ok((changes, None)));
            }
            *pools = left;
            decided.push(changes);
            None
        });
        Ok(decided)
    }
}

impl PendingUpdate<'_> {
    fn request_id(&self) -> Option<&RequestId> {
        self.ready.idempotency_key.as_ref().map(|key| &key.id)
    }

    fn is_to_be_written(&self, changes: &LicenseChanges) -> bool {
        let mut decisions = changes.plan.decisions.iter();
        let anything_done = decisions.any(Decision::has_changes) || changes.plan.has_waiting();
        !self.update.validate_only && (anything_done || self.ready.idempotency_key.is_some())
    }

    /// Rejects a decision that lacks a seat if the policy is `REQUIRE_ALL`.
    fn check_seats(&self, changes: &LicenseChanges) -> EngineResult<()> {
        if self.update.shortage != ShortagePolicy::RequireAll {
            return Ok(());
        }
        let catalog = self.ready.planner.catalog();
        let decided = changes
            .plan
            .decisions
            .iter()
            .flat_map(|decision| &decision.products);
        let short = decided.filter_map(|decided| {
            let available = decided.violations.iter().find_map(seats_available)?;
            let product = catalog.product(decided.product)?.id.clone();
            Some(Shortage {
                product,
                needed: 1,
                available,
            })
        });
        let short: Vec<Shortage> = short.collect();
        if short.is_empty() {
            Ok(())
        } else {
            Err(EngineError::SeatsShort(short))
        }
    }
}

fn seats_available(violation: &Violation) -> Option<i64> {
    if let Violation::SeatsExhausted { available } = violation {
        Some(*available)
    } else {
        None
    }
}
