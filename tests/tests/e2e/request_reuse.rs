//! A request id is bound to one call. Every other call with the same id is rejected, even if that
//! call names a missing resource.

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, PurchaseSeatsRequest, ReduceSeatsRequest,
    RenewPurchaseRequest, RetryFailedBatchRequest, RevertBatchRequest, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    DAY, Fixture, assign, everyone, listed, moment, on_each_database, refused, revoke, saved,
};
use tonic::{Code, Status};

use crate::streamed_users::{Content, header, message, open, users};

/// A call with a request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Batch,
    BatchOverMissingSelection,
    Streamed,
    Single,
    SingleOfMissingUser,
    Purchase,
    FirstPurchase,
    Reduce,
    ReduceOfNeverBought,
    Renew,
    RenewOfMissingPurchase,
    RenewOfNeverBought,
    Retry,
    RetryOfMissingBatch,
    Revert,
    RevertOfMissingBatch,
}

use Call::{
    Batch, BatchOverMissingSelection, FirstPurchase, Purchase, Reduce, ReduceOfNeverBought, Renew,
    RenewOfMissingPurchase, RenewOfNeverBought, Retry, RetryOfMissingBatch, Revert,
    RevertOfMissingBatch, Single, SingleOfMissingUser, Streamed,
};

/// Calls that succeed several times in a fixture that [`populate`] has populated.
const FIRST: [Call; 8] = [
    Batch, Streamed, Single, Purchase, Reduce, Renew, Retry, Revert,
];

/// All calls.
const THEN: [Call; 16] = [
    Batch,
    BatchOverMissingSelection,
    Streamed,
    Single,
    SingleOfMissingUser,
    Purchase,
    FirstPurchase,
    Reduce,
    ReduceOfNeverBought,
    Renew,
    RenewOfMissingPurchase,
    RenewOfNeverBought,
    Retry,
    RetryOfMissingBatch,
    Revert,
    RevertOfMissingBatch,
];

/// A customer with a batch that can be retried and reverted.
struct Populated {
    fixture: Fixture,
    batch: String,
}

/// Three users hold `suite`, and a missing user fails. The customer has never bought `addon`.
async fn populate(fixture: Fixture) -> Populated {
    fixture.add_users(3).await;
    fixture.buy("suite", 100).await;
    let purchase = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        purchase_id: "ending".to_owned(),
        seat_count: 1,
        end_time: Some(moment(DAY)),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.purchase_seats(purchase).await.unwrap();
    let all = listed(fixture.users(&["u1", "u2", "u3", "ghost"]));
    let batch = fixture.change(assign(&["suite"]), all).await.batch();
    Populated { fixture, batch }
}

impl Populated {
    /// Makes a call. Calls with different numbers request different changes.
    async fn make(&self, call: Call, id: &str, number: i64) -> Result<(), Status> {
        match call {
            Batch | BatchOverMissingSelection => self.batch(call, id).await,
            Streamed => self.streamed(id).await,
            Single | SingleOfMissingUser => self.single(call, id).await,
            Purchase | FirstPurchase => self.purchase(call, id, number).await,
            Reduce | ReduceOfNeverBought => self.reduce(call, id).await,
            Renew | RenewOfMissingPurchase | RenewOfNeverBought => {
                self.renew(call, id, number).await
            }
            Retry | RetryOfMissingBatch => self.retry(call, id).await,
            Revert | RevertOfMissingBatch => self.revert(call, id).await,
        }
    }

    async fn batch(&self, call: Call, id: &str) -> Result<(), Status> {
        let selection = if call == Batch {
            everyone()
        } else {
            saved(&self.fixture.selection("missing"))
        };
        let request = BatchUpdateLicensesRequest {
            request_id: id.to_owned(),
            ..self.fixture.request(assign(&["suite"]), selection)
        };
        let mut reading = self.fixture.start(request).await?;
        reading.next().await?;
        reading.to_end().await;
        Ok(())
    }

    async fn streamed(&self, id: &str) -> Result<(), Status> {
        let mut header = header(&self.fixture);
        header.request_id = id.to_owned();
        let all = vec![
            message(Content::Header(header)),
            users(&self.fixture, &["u1"]),
        ];
        let (messages, mut answers) = open(&self.fixture, all).await?;
        drop(messages);
        answers.next().await?;
        answers.to_end().await;
        Ok(())
    }

    async fn single(&self, call: Call, id: &str) -> Result<(), Status> {
        let user = if call == Single { "u1" } else { "ghost" };
        let request = UpdateUserLicensesRequest {
            name: self.fixture.user(user),
            change: Some(revoke(&["lite"])),
            request_id: id.to_owned(),
            ..UpdateUserLicensesRequest::default()
        };
        let mut licenses = self.fixture.connection.licenses();
        licenses.update_user_licenses(request).await.map(drop)
    }

    async fn purchase(&self, call: Call, id: &str, number: i64) -> Result<(), Status> {
        let product = if call == Purchase { "suite" } else { "addon" };
        let request = PurchaseSeatsRequest {
            name: self.fixture.entitlement_name(product),
            seat_count: number,
            request_id: id.to_owned(),
            ..PurchaseSeatsRequest::default()
        };
        let mut entitlements = self.fixture.connection.entitlements();
        entitlements.purchase_seats(request).await.map(drop)
    }

    async fn reduce(&self, call: Call, id: &str) -> Result<(), Status> {
        let product = if call == Reduce { "suite" } else { "addon" };
        let request = ReduceSeatsRequest {
            name: self.fixture.entitlement_name(product),
            seat_count: 1,
            request_id: id.to_owned(),
            ..ReduceSeatsRequest::default()
        };
        let mut entitlements = self.fixture.connection.entitlements();
        entitlements.reduce_seats(request).await.map(drop)
    }

    async fn renew(&self, call: Call, id: &str, number: i64) -> Result<(), Status> {
        let product = if call == RenewOfNeverBought {
            "addon"
        } else {
            "suite"
        };
        let purchase = if call == RenewOfMissingPurchase {
            "missing"
        } else {
            "ending"
        };
        let request = RenewPurchaseRequest {
            name: self.fixture.entitlement_name(product),
            purchase_id: purchase.to_owned(),
            end_time: Some(moment((1 + number) * DAY)),
            request_id: id.to_owned(),
            ..RenewPurchaseRequest::default()
        };
        let mut entitlements = self.fixture.connection.entitlements();
        entitlements.renew_purchase(request).await.map(drop)
    }

    async fn retry(&self, call: Call, id: &str) -> Result<(), Status> {
        let request = RetryFailedBatchRequest {
            name: self.batch_of(call == Retry),
            request_id: id.to_owned(),
            ..RetryFailedBatchRequest::default()
        };
        let mut batches = self.fixture.connection.batches();
        batches.retry_failed_batch(request).await.map(drop)
    }

    async fn revert(&self, call: Call, id: &str) -> Result<(), Status> {
        let request = RevertBatchRequest {
            name: self.batch_of(call == Revert),
            request_id: id.to_owned(),
            ..RevertBatchRequest::default()
        };
        let mut batches = self.fixture.connection.batches();
        batches.revert_batch(request).await.map(drop)
    }

    fn batch_of(&self, exists: bool) -> String {
        if exists {
            return self.batch.clone();
        }
        format!("{}/batches/missing", self.fixture.customer)
    }
}

async fn a_used_request_id_is_refused_in_every_other_call(fixture: Fixture) {
    let populated = populate(fixture).await;
    for (number, first) in (1..).zip(FIRST) {
        let id = format!("once-{number}");
        populated.make(first, &id, number).await.unwrap();
        for then in THEN.into_iter().filter(|then| *then != first) {
            let refusal = refused(populated.make(then, &id, number).await);
            let same = refusal.code == Code::AlreadyExists
                && refusal.reason == ErrorReason::RequestIdReused;
            assert!(same, "{first:?}, then {then:?}: {refusal:?}");
            refusal.with("request_id", &id);
        }
    }
}

on_each_database! {
    a_used_request_id_is_refused_in_every_other_call,
}
