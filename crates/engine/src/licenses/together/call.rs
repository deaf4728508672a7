use std::sync::Arc;

use seatkeeper_domain::{
    BatchMode, CompiledCatalog, Planner, PlannerOptions, ProductKey, ShortagePolicy, parse_change,
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Answer;
use crate::digest::RequestDigest;
use crate::engine::Shared;
use crate::entitlements::Buyer;
use crate::licenses::UpdateUserLicenses;
use crate::requests::Request;
use crate::{EngineError, EngineResult};

/// A call that waits to be carried out, or is about to be.
pub(super) struct Call {
    pub(super) update: UpdateUserLicenses,
    /// How it is to be judged, once that was found out. It stays so when the transaction is tried
    /// again.
    pub(super) ready: Option<EngineResult<Ready>>,
    answer: oneshot::Sender<EngineResult<Answer>>,
    _room: OwnedSemaphorePermit,
}

/// What a call is judged with.
pub(super) struct Ready {
    pub(super) planner: Planner,
    /// Where missing seats are to be bought.
    pub(super) buyer: Option<Buyer>,
    pub(super) request: Option<Request>,
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

    /// Whether the caller has hung up.
    pub(super) fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    /// Whether it changes more than its user's licenses: who is in line, or what was bought.
    pub(super) fn goes_alone(&self) -> bool {
        match self.update.shortage {
            ShortagePolicy::AssignUntilExhausted | ShortagePolicy::RequireAll => false,
            ShortagePolicy::BuyMore | ShortagePolicy::Waitlist => true,
        }
    }

    pub(super) fn prepare(&mut self, shared: &Shared, catalog: &Arc<CompiledCatalog>) {
        let update = &self.update;
        self.ready
            .get_or_insert_with(|| Ready::new(update, shared, catalog));
    }

    /// The products it is about; none while that is not known.
    pub(super) fn products(&self) -> impl Iterator<Item = ProductKey> {
        let ready = self.ready.iter().flatten();
        ready.flat_map(|ready| ready.planner.change().products())
    }

    pub(super) fn tell(self, answer: EngineResult<Answer>) {
        // Whoever has hung up does not want to know.
        let _ = self.answer.send(answer);
    }
}

/// Tells everyone the same.
pub(super) fn refuse(calls: Vec<Call>, error: &EngineError) {
    for call in calls {
        call.tell(Err(error.clone()));
    }
}

impl Ready {
    fn new(
        update: &UpdateUserLicenses,
        shared: &Shared,
        catalog: &Arc<CompiledCatalog>,
    ) -> EngineResult<Self> {
        let change = parse_change(catalog, &update.change).map_err(EngineError::InvalidChange)?;
        let request = update.request_id.clone().map(|id| Request {
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
            buyer: (update.shortage == ShortagePolicy::BuyMore).then(|| shared.buyer()),
            request,
        })
    }
}
