use seatkeeper_domain::{BatchMode, ChangeRequest, ShortagePolicy};
use seatkeeper_engine::UpdateUserLicenses;
use tokio::task::JoinSet;

use super::{Answer, Client, response};
use crate::fixture::{self, PRODUCTS};
use crate::ledger::{Response, SentRequest};

impl Client {
    /// A change of one or two products: assign, revoke, swap.
    pub(super) fn any_change(&mut self) -> ChangeRequest {
        let first = self.rng.index(PRODUCTS.len());
        let second = (first + 1 + self.rng.index(PRODUCTS.len() - 1)) % PRODUCTS.len();
        let (assign, revoke): (&[usize], &[usize]) = match self.rng.index(10) {
            0..5 => (&[first], &[]),
            5..7 => (&[], &[first]),
            7..9 => (&[first], &[second]),
            _ => (&[first, second], &[]),
        };
        let names = |among: &[usize]| {
            among
                .iter()
                .map(|&index| PRODUCTS[index])
                .collect::<Vec<_>>()
        };
        fixture::change(&names(assign), &names(revoke))
    }

    pub(super) fn any_mode(&mut self) -> BatchMode {
        self.rng
            .weighted(&[(3, BatchMode::PerUser), (2, BatchMode::PerLicense)])
    }

    pub(super) async fn update_one(&mut self) {
        let principal = self.next_principal();
        let update = UpdateUserLicenses {
            customer: self.any_customer(),
            user: self.any_user(),
            change: self.any_change(),
            mode: self.any_mode(),
            shortage: self.rng.weighted(&[
                (3, ShortagePolicy::AssignUntilExhausted),
                (1, ShortagePolicy::RequireAll),
                (1, ShortagePolicy::BuyMore),
                (1, ShortagePolicy::Waitlist),
            ]),
            revision: None,
            report_licenses: self.rng.chance(300),
            request_id: self.maybe_request_id(&principal),
            validate_only: false,
            principal: principal.clone(),
        };
        let answer = self.call_update(&update).await;
        let response = match &answer {
            Answer::Done(updated, _) => Response::Entry(updated.sequence),
            answer => response(answer),
        };
        let customer = update.customer.clone();
        self.note(&principal, &customer, SentRequest::Update(update), response);
    }

    /// Runs several callers of one kind concurrently, so that their calls wait together.
    pub(super) async fn update_several(&mut self) {
        let mut callers = JoinSet::new();
        for _ in 0..self.rng.between(2..8) {
            self.operations += 1;
            let name = format!("{}-{}", self.name, self.operations);
            let rng = self.rng.fork();
            let mut caller = Self::new(name, &self.cluster, &self.ledger, &self.fixture, rng);
            callers.spawn(async move { caller.update_one().await });
        }
        while let Some(done) = callers.join_next().await {
            done.expect("a caller does not panic");
        }
    }

    pub(super) async fn call_update(
        &mut self,
        update: &UpdateUserLicenses,
    ) -> Answer<seatkeeper_engine::UserLicensesUpdated> {
        self.attempt(update.request_id.is_some(), |node| {
            let update = update.clone();
            async move { node.engine.update_user_licenses(update).await }
        })
        .await
    }
}
