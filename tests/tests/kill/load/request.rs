use seatkeeper_proto::v1::UpdateUserLicensesRequest;
use tonic::Status;

use super::Caller;
use crate::ledger::Ask;
use crate::test_store::USERS;

impl Caller {
    /// Changes the licenses of one user.
    pub(super) async fn single(&mut self) -> Result<(), Status> {
        let number = self.rng.between(1, USERS);
        let mut request = UpdateUserLicensesRequest {
            name: self.fixture.user(&format!("u{number}")),
            change: Some(self.change()),
            ..UpdateUserLicensesRequest::default()
        };
        if self.rng.one_in(2) {
            request.request_id = self.request_id();
            let ask = Ask::Single(request.clone());
            self.ledger.asked(&request.request_id, ask);
        }
        self.run_single(request).await
    }

    async fn run_single(&mut self, request: UpdateUserLicensesRequest) -> Result<(), Status> {
        let id = request.request_id.clone();
        let mut licenses = self.fixture.connection.licenses();
        let answer = licenses.update_user_licenses(request).await?.into_inner();
        if !id.is_empty() {
            let entry = answer.journal_sequence_number.to_string();
            self.ledger.answered(&id, entry);
        }
        Ok(())
    }

    /// Repeats an earlier request with the same request id.
    pub(super) async fn repeat(&mut self) -> Result<(), Status> {
        let ids = self.ledger.request_ids();
        if ids.is_empty() {
            return Ok(());
        }
        let id = self.rng.pick(&ids).clone();
        self.ask_again(&id).await
    }

    pub(crate) async fn ask_again(&mut self, id: &str) -> Result<(), Status> {
        let (ask, answer) = self.ledger.observed().requests[id].clone();
        let asked = match ask {
            Ask::Batch(request) => self.run_batch(request).await,
            Ask::Single(request) => self.run_single(request).await,
            Ask::Purchase(request) => self.run_purchase(request).await,
        };
        match asked {
            Err(status)
                if answer.is_some() && !self.ledger.short_retention && !super::is_lost(&status) =>
            {
                panic!("request {id} succeeded before and is rejected now: {status:?}")
            }
            asked => asked,
        }
    }
}
