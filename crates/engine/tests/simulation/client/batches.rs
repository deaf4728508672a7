use seatkeeper_domain::{
    BatchId, BatchMode, CustomerId, Principal, ShortagePolicy, UserFilter, UserId, UserState,
};
use seatkeeper_engine::{BatchRequest, CallerId, EngineError, Selector, StartedBatch};

use super::{Answer, Client, response};
use crate::cluster::Node;
use crate::fixture::id;
use crate::follower::Follower;
use crate::ledger::{Response, SentRequest};
use crate::sim::trace_line;

impl Client {
    pub(super) fn any_request(&mut self, principal: &Principal) -> BatchRequest {
        let mode = if self.rng.chance(200) {
            BatchMode::AllOrNothing
        } else {
            self.any_mode()
        };
        BatchRequest {
            customer: self.any_customer(),
            change: self.any_change(),
            mode,
            shortage: self.rng.weighted(&[
                (3, ShortagePolicy::AssignUntilExhausted),
                (2, ShortagePolicy::RequireAll),
                (2, ShortagePolicy::BuyMore),
                (2, ShortagePolicy::Waitlist),
            ]),
            report_licenses: self.rng.chance(200),
            cancel_on_disconnect: self.rng.chance(100),
            request_id: self.maybe_request_id(principal),
            principal: principal.clone(),
            caller: CallerId::new("test"),
        }
    }

    /// A list of users in random order, with repeated and unknown ones.
    pub(super) fn any_users(&mut self, most: u64) -> Vec<UserId> {
        let count = self.rng.between(1..most);
        let users = (0..count).map(|_| {
            if self.rng.chance(60) {
                id("ghost")
            } else {
                self.any_user()
            }
        });
        users.collect()
    }

    fn any_selector(&mut self) -> Selector {
        match self.rng.index(6) {
            0 | 1 => Selector::All,
            2 => Selector::Filter(UserFilter::State(UserState::Active)),
            _ => Selector::Users(self.any_users(25)),
        }
    }

    pub(super) async fn start_batch(&mut self) {
        let principal = self.next_principal();
        let request = self.any_request(&principal);
        let selector = self.any_selector();
        let answer = self.call_start(&request, &selector).await;
        let response = match &answer {
            Answer::Done(started, _) => Response::Batch(started.batch.id.clone()),
            answer => response(answer),
        };
        let customer = request.customer.clone();
        self.note(
            &principal,
            &customer,
            SentRequest::Batch(request, selector),
            response,
        );
        if let Answer::Done(started, node) = answer {
            self.follow(&customer, started, node).await;
        }
    }

    pub(super) async fn call_start(
        &mut self,
        request: &BatchRequest,
        selector: &Selector,
    ) -> Answer<StartedBatch> {
        self.attempt(request.request_id.is_some(), |node| {
            let (request, selector) = (request.clone(), selector.clone());
            async move { node.engine.start_batch(request, selector).await }
        })
        .await
    }

    /// Follows a started batch, in this task or in the background.
    pub(super) async fn follow(
        &mut self,
        customer: &CustomerId,
        started: StartedBatch,
        node: Node,
    ) {
        let follower = self.follower(customer, &started.batch.id, 0);
        let following = follower.run(Some((node, started)));
        if self.rng.chance(400) {
            following.await;
        } else {
            self.followers.spawn(following);
        }
    }

    pub(super) fn follower(
        &mut self,
        customer: &CustomerId,
        batch: &BatchId,
        from: i64,
    ) -> Follower {
        Follower {
            cluster: self.cluster.clone(),
            ledger: self.ledger.clone(),
            rng: self.rng.fork(),
            customer: customer.clone(),
            batch: batch.clone(),
            from,
        }
    }

    /// Cancels a random batch.
    pub(super) async fn cancel(&mut self) {
        let principal = self.next_principal();
        let operations = self.ledger.operations();
        let known = operations
            .iter()
            .filter_map(|operation| match &operation.response {
                Response::Batch(batch) => Some((operation.customer.clone(), batch.clone())),
                _ => None,
            });
        // Prefer a recent batch: old ones have ended.
        let known: Vec<_> = known.rev().take(3).collect();
        if known.is_empty() {
            return;
        }
        let (customer, batch) = self.rng.pick(&known).clone();
        let answer = self
            .attempt(true, |node| {
                let (customer, batch, principal) =
                    (customer.clone(), batch.clone(), principal.clone());
                async move { node.engine.cancel_batch(&customer, &batch, principal).await }
            })
            .await;
        match &answer {
            Answer::Refused { error, .. } if !matches!(error, EngineError::BatchEnded { .. }) => {
                self.sim().fail(format!("cancelling {batch}: {error:?}"));
            }
            Answer::Done(asked, _) if !asked.cancel_requested => {
                self.sim()
                    .fail(format!("cancelling {batch} did not cancel it"));
            }
            _ => {}
        }
        trace_line!(self.sim(), "{principal} cancels {batch}");
        self.note(
            &principal,
            &customer,
            SentRequest::Cancel,
            response(&answer),
        );
    }
}
