use seatkeeper_domain::{
    Decision, JournalSequence, LicenseChanges, RelevantProducts, RequestId, SeatPools,
    ShortagePolicy, UserId, UserKey, Violation,
};
use seatkeeper_store::{CustomerTx, RequestTarget, Selected, SelectedUser};

use super::Answer;
use super::call::{Call, Ready};
use crate::directory::user_resource;
use crate::engine::{check_revision, customer_id};
use crate::licenses::UpdateUserLicenses;
use crate::{EngineError, EngineResult, Shortage};

/// The calls of a group that are still to be decided, in order of arrival, and the answers to
/// the others.
pub(super) struct Cases<'a> {
    pub(super) open: Vec<Case<'a>>,
    /// By the calls' places in the group.
    answers: Vec<Option<EngineResult<Answer>>>,
}

/// A call that is to be decided.
pub(super) struct Case<'a> {
    place: usize,
    pub(super) update: &'a UpdateUserLicenses,
    pub(super) ready: &'a mut Ready,
}

impl<'a> Cases<'a> {
    /// All calls but those whose change makes no sense.
    pub(super) fn of(calls: &'a mut [Call]) -> Self {
        let mut cases = Self {
            open: Vec::with_capacity(calls.len()),
            answers: Vec::with_capacity(calls.len()),
        };
        for (place, call) in calls.iter_mut().enumerate() {
            let answer = match &mut call.ready {
                Some(Ok(ready)) => {
                    let update = &call.update;
                    cases.open.push(Case {
                        place,
                        update,
                        ready,
                    });
                    None
                }
                Some(Err(invalid)) => Some(Err(invalid.clone())),
                None => Some(Err(EngineError::TaskLost)),
            };
            cases.answers.push(answer);
        }
        cases
    }

    /// Closes the cases to which there is an answer.
    fn close(&mut self, mut answer: impl FnMut(&mut Case<'a>) -> Option<EngineResult<Answer>>) {
        let answers = &mut self.answers;
        self.open.retain_mut(|case| {
            let answer = answer(case);
            let is_open = answer.is_none();
            answers[case.place] = answer;
            is_open
        });
    }

    /// Closes all cases, each with the changes that were written and the entry that holds them.
    pub(super) fn close_all(&mut self, written: Vec<(LicenseChanges, JournalSequence)>) {
        let mut written = written.into_iter();
        self.close(|_| {
            let (changes, entry) = written.next()?;
            Some(Ok((changes, Some(entry))))
        });
    }

    /// The answers to all calls, in order.
    pub(super) fn into_answers(self) -> Vec<EngineResult<Answer>> {
        let answers = self.answers.into_iter();
        answers
            .map(|answer| answer.unwrap_or(Err(EngineError::TaskLost)))
            .collect()
    }

    /// Closes the cases of which an earlier call under the same request id is known.
    pub(super) async fn close_earlier(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let requests = self.open.iter().filter_map(|case| case.request_id());
        let ids: Vec<RequestId> = requests.cloned().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut known = tx.requests(&ids).await?.into_iter();
        let mut places = Vec::new();
        let mut sequences = Vec::new();
        self.close(|case| {
            let request = case.ready.request.as_ref()?;
            match request.earlier(known.next().flatten()) {
                Ok(Some(RequestTarget::Entry(sequence))) => {
                    places.push(case.place);
                    sequences.push(sequence);
                }
                Ok(Some(RequestTarget::Batch(_)) | None) => {}
                Err(reused) => return Some(Err(reused)),
            }
            None
        });
        if sequences.is_empty() {
            return Ok(());
        }
        let entries = tx.entries(&sequences).await?;
        let mut found = places.into_iter().zip(entries).peekable();
        self.close(|case| {
            let (_, entry) = found.next_if(|(place, _)| *place == case.place)?;
            let entry = entry?;
            let changes = entry.effect.into_license_changes()?;
            Some(Ok((changes, Some(entry.sequence))))
        });
        Ok(())
    }

    /// Closes the cases of users who do not exist, or are not as the caller read them. The keys
    /// of the others, in order.
    pub(super) async fn close_missing(
        &mut self,
        tx: &mut dyn CustomerTx,
    ) -> EngineResult<Vec<UserKey>> {
        if self.open.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<UserId> = self
            .open
            .iter()
            .map(|case| case.update.user.clone())
            .collect();
        let mut found = tx.users(&ids).await?.into_iter();
        let customer = customer_id(tx);
        let mut keys = Vec::with_capacity(ids.len());
        self.close(|case| {
            let resource = || user_resource(&customer, &case.update.user);
            let Some(user) = found.next().flatten() else {
                return Some(Err(EngineError::NotFound(resource())));
            };
            let checked = check_revision(case.update.revision, user.revision, resource);
            if checked.is_ok() {
                keys.push(user.key);
            }
            checked.err().map(Err)
        });
        Ok(keys)
    }

    /// Decides the cases one after the other, each on the seats that the ones before leave, and
    /// closes those of which nothing is to be written. What is to be written of the others, in
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
        self.close(|case| {
            let (place, member) = members.next()?;
            let mut left = pools.clone();
            let planner = &mut case.ready.planner;
            let plan = planner.plan(&loaded.state.of_one(place), &mut left);
            let changes = LicenseChanges {
                span: None,
                catalog_version: planner.catalog().version(),
                members: vec![member],
                plan,
            };
            if let Err(short) = case.check_seats(&changes) {
                return Some(Err(short));
            }
            if !case.is_to_be_written(&changes) {
                return Some(Ok((changes, None)));
            }
            *pools = left;
            decided.push(changes);
            None
        });
        Ok(decided)
    }
}

impl Case<'_> {
    fn request_id(&self) -> Option<&RequestId> {
        self.ready.request.as_ref().map(|request| &request.id)
    }

    fn is_to_be_written(&self, changes: &LicenseChanges) -> bool {
        let mut decisions = changes.plan.decisions.iter();
        let anything_done = decisions.any(Decision::has_changes) || changes.plan.has_waiting();
        !self.update.validate_only && (anything_done || self.ready.request.is_some())
    }

    /// Refuses what lacks a seat, where every seat is required.
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
