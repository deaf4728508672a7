use seatkeeper_proto::v1::{PurchaseSeatsRequest, ReduceSeatsRequest};
use tonic::{Code, Status};

use super::Caller;
use crate::ledger::Ask;

impl Caller {
    pub(super) fn entitlement(&mut self) -> String {
        let product = *self.rng.pick(&["suite", "lite", "addon"]);
        self.fixture.entitlement_name(product)
    }

    pub(super) async fn purchase(&mut self) -> Result<(), Status> {
        let id = self.request_id();
        let request = PurchaseSeatsRequest {
            name: self.entitlement(),
            seat_count: i64::try_from(self.rng.between(1, 5)).unwrap(),
            purchase_id: id.clone(),
            request_id: id.clone(),
            ..PurchaseSeatsRequest::default()
        };
        self.ledger.asked(&id, Ask::Purchase(request.clone()));
        self.run_purchase(request).await
    }

    pub(super) async fn run_purchase(
        &mut self,
        request: PurchaseSeatsRequest,
    ) -> Result<(), Status> {
        let id = request.request_id.clone();
        let mut entitlements = self.fixture.connection.entitlements();
        let answer = entitlements.purchase_seats(request).await;
        if let Err(status) = &answer {
            // A repeated purchase joins the earlier one by its request id, as long as its
            // idempotency record exists.
            assert!(
                status.code() != Code::AlreadyExists || self.ledger.short_retention,
                "the idempotency record of a purchase was lost: {id}"
            );
        }
        let answer = answer?.into_inner();
        self.ledger.answered(&id, answer.purchase_id);
        Ok(())
    }

    pub(super) async fn reduce(&mut self) -> Result<(), Status> {
        let request = ReduceSeatsRequest {
            name: self.entitlement(),
            seat_count: i64::try_from(self.rng.between(1, 5)).unwrap(),
            ..ReduceSeatsRequest::default()
        };
        let mut entitlements = self.fixture.connection.entitlements();
        entitlements.reduce_seats(request).await.map(drop)
    }
}
