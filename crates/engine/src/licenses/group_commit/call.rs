use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, CompiledCatalog, JournalSequence, LicenseChanges, Planner, PlannerOptions,
    ProductKey, ShortagePolicy, parse_change,
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::digest::RequestDigest;
use crate::entitlements::SeatPurchaser;
use crate::idempotency::IdempotencyKey;
use crate::licenses::UpdateUserLicenses;
use crate::{EngineError, EngineResult};

/// The result of a call, and the sequence number of the journal entry that holds it.
pub(super) type Answer = (LicenseChanges, Option<JournalSequence>);

/// A call that waits in the queue or is being run.
pub(super) struct Call {
    pub(super) update: UpdateUserLicenses,
    /// The input of the decision, once it is prepared. A retry of the transaction uses the same
    /// one.
    pub(super) ready: Option<EngineResult<Ready>>,
    answer: oneshot::Sender<EngineResult<Answer>>,
    _room: OwnedSemaphorePermit,
}

/// The input of a call's decision.
pub(super) struct Ready {
    pub(super) planner: Planner,
    /// Buys missing seats, if the call allows it.
    pub(super) purchaser: Option<SeatPurchaser>,
    pub(super) idempotency_key: Option<IdempotencyKey>,
}

impl Call {
    pub(super) fn new(
        update: UpdateUserLicenses,
        room: OwnedSemaphorePermit,
    ) -> (Self, oneshot::Receiver<EngineResult<Answer>>) {
        let (answer, answered) = oneshot::channel();
        let call = Self {
            update,
            ready: None,
            answer,
            _room: room,
        };
        (call, answered)
    }

    /// Whether the caller has disconnected.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Whether the call also changes the waitlist or the purchases, so that it can't share a
    /// transaction.
    pub(super) fn is_exclusive(&self) -> bool {
        match self.update.shortage {
            ShortagePolicy::AssignUntilExhausted | ShortagePolicy::RequireAll => false,
            ShortagePolicy::BuyMore | ShortagePolicy::Waitlist => true,
        }
    }

    /// Prepares the decision, unless it is prepared already.
    pub(super) fn prepare(
        &mut self,
        catalog: &Arc<CompiledCatalog>,
        purchaser: impl FnOnce() -> SeatPurchaser,
    ) {
        let update = &self.update;
        self.ready
            .get_or_insert_with(|| Ready::new(update, catalog, purchaser));
    }

    /// The products of the change; none before the call is prepared.
    pub(super) fn products(&self) -> impl Iterator<Item = ProductKey> {
        let ready = self.ready.iter().flatten();
        ready.flat_map(|ready| ready.planner.change().products())
    }

    pub(super) fn reply(self, answer: EngineResult<Answer>) {
        // The send fails if the caller has disconnected; the result is then dropped.
        let _ = self.answer.send(answer);
    }
}

/// Returns the same error to all calls.
pub(super) fn refuse(calls: Vec<Call>, error: &EngineError) {
    for call in calls {
        call.reply(Err(error.clone()));
    }
}

impl Ready {
    fn new(
        update: &UpdateUserLicenses,
        catalog: &Arc<CompiledCatalog>,
        purchaser: impl FnOnce() -> SeatPurchaser,
    ) -> EngineResult<Self> {
        let change = parse_change(catalog, &update.change).map_err(EngineError::InvalidChange)?;
        let idempotency_key = update.request_id.clone().map(|id| IdempotencyKey {
            id,
            digest: RequestDigest::new("UpdateUserLicenses")
                .text(update.user.as_str())
                .change(&change)
                .flag(update.mode == BatchMode::PerLicense)
                .shortage(update.shortage)
                .flag(update.report_licenses)
                .finish(),
        });
        let options = PlannerOptions {
            mode: update.mode,
            report_licenses: update.report_licenses,
            waits_for_seats: update.shortage == ShortagePolicy::Waitlist,
        };
        Ok(Self {
            planner: Planner::new(Arc::clone(catalog), change, options),
            purchaser: (update.shortage == ShortagePolicy::BuyMore).then(purchaser),
            idempotency_key,
        })
    }
}
