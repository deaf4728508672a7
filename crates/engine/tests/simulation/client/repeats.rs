use seatkeeper_domain::Principal;
use seatkeeper_engine::EngineError;

use super::{Answer, Client};
use crate::ledger::{Operation, Response, SentRequest};

impl Client {
    /// Repeats a completed operation with the same request id: the result must be the same.
    pub(super) async fn repeat(&mut self) {
        let Some(operation) = self.any_done_with_id() else {
            return;
        };
        let same = match &operation.request {
            SentRequest::Batch(request, selector) => match self.call_start(request, selector).await
            {
                Answer::Done(started, _) => {
                    started.joined && Response::Batch(started.batch.id) == operation.response
                }
                Answer::Refused { error, .. } => return self.wrong(&operation, &error),
                Answer::Unknown => true,
            },
            SentRequest::Update(update) => match self.call_update(update).await {
                Answer::Done(updated, _) => Response::Entry(updated.sequence) == operation.response,
                Answer::Refused { error, .. } => return self.wrong(&operation, &error),
                Answer::Unknown => true,
            },
            SentRequest::Buy(purchase) => match self.call_purchase(purchase).await {
                Answer::Refused { error, .. } => return self.wrong(&operation, &error),
                Answer::Done(..) | Answer::Unknown => true,
            },
            SentRequest::Reduce(reduce) => match self.call_reduce(reduce).await {
                Answer::Refused { error, .. } => return self.wrong(&operation, &error),
                Answer::Done(..) | Answer::Unknown => true,
            },
            SentRequest::Stream(..) | SentRequest::User | SentRequest::Cancel => true,
        };
        if !same {
            self.sim().fail(format!(
                "a repeated call of {} returned another result",
                operation.principal
            ));
        }
    }

    /// Sends another request with a used request id: it must be rejected.
    pub(super) async fn reuse_a_request_id(&mut self) {
        let Some(operation) = self.any_done_with_id() else {
            return;
        };
        let SentRequest::Update(mut update) = operation.request.clone() else {
            return;
        };
        update.report_licenses = !update.report_licenses;
        update.principal = Principal::new("impostor");
        match self.call_update(&update).await {
            Answer::Refused {
                error: EngineError::RequestIdReused { .. },
                ..
            }
            | Answer::Unknown => {}
            Answer::Refused { error, .. } => self.wrong(&operation, &error),
            Answer::Done(..) => {
                self.sim().fail(format!(
                    "the reused request id of {} was accepted",
                    operation.principal
                ));
            }
        }
    }

    fn any_done_with_id(&mut self) -> Option<Operation> {
        let mut done = self.ledger.operations();
        done.retain(|operation| {
            let known = !matches!(operation.response, Response::Refused | Response::Unknown);
            known && operation.request_id().is_some()
        });
        (!done.is_empty()).then(|| self.rng.pick(&done).clone())
    }

    fn wrong(&self, operation: &Operation, error: &EngineError) {
        self.sim().fail(format!(
            "a repeated call of {} was rejected: {error:?}",
            operation.principal
        ));
    }
}
