use seatkeeper_domain::Actor;
use seatkeeper_engine::EngineError;

use super::{Answer, Client};
use crate::ledger::{Asked, CameTo, Deed};

impl Client {
    /// Asks again, under the same request id, for what was done: the answer is the same.
    pub(super) async fn repeat(&mut self) {
        let Some(deed) = self.any_done_with_id() else {
            return;
        };
        let same = match &deed.asked {
            Asked::Batch(request, selector) => match self.call_start(request, selector).await {
                Answer::Done(started, _) => {
                    started.joined && CameTo::Batch(started.batch.id) == deed.came_to
                }
                Answer::Refused { error, .. } => return self.wrong(&deed, &error),
                Answer::Unknown => true,
            },
            Asked::Update(update) => match self.call_update(update).await {
                Answer::Done(updated, _) => CameTo::Entry(updated.sequence) == deed.came_to,
                Answer::Refused { error, .. } => return self.wrong(&deed, &error),
                Answer::Unknown => true,
            },
            Asked::Buy(purchase) => match self.call_purchase(purchase).await {
                Answer::Refused { error, .. } => return self.wrong(&deed, &error),
                Answer::Done(..) | Answer::Unknown => true,
            },
            Asked::Reduce(reduce) => match self.call_reduce(reduce).await {
                Answer::Refused { error, .. } => return self.wrong(&deed, &error),
                Answer::Done(..) | Answer::Unknown => true,
            },
            Asked::Stream(..) | Asked::User | Asked::Cancel => true,
        };
        if !same {
            self.sim()
                .fail(format!("{} asked again got another answer", deed.actor));
        }
    }

    /// Asks for something else under a request id that was used: it is refused.
    pub(super) async fn reuse_a_request_id(&mut self) {
        let Some(deed) = self.any_done_with_id() else {
            return;
        };
        let Asked::Update(mut update) = deed.asked.clone() else {
            return;
        };
        update.report_licenses = !update.report_licenses;
        update.actor = Actor::new("impostor");
        match self.call_update(&update).await {
            Answer::Refused {
                error: EngineError::RequestIdReused { .. },
                ..
            }
            | Answer::Unknown => {}
            Answer::Refused { error, .. } => self.wrong(&deed, &error),
            Answer::Done(..) => {
                self.sim().fail(format!(
                    "the request id of {} did something else",
                    deed.actor
                ));
            }
        }
    }

    fn any_done_with_id(&mut self) -> Option<Deed> {
        let mut done = self.ledger.deeds();
        done.retain(|deed| {
            let known = !matches!(deed.came_to, CameTo::Refused | CameTo::Unknown);
            known && deed.request_id().is_some()
        });
        (!done.is_empty()).then(|| self.rng.pick(&done).clone())
    }

    fn wrong(&self, deed: &Deed, error: &EngineError) {
        self.sim()
            .fail(format!("{} asked again was refused: {error:?}", deed.actor));
    }
}
