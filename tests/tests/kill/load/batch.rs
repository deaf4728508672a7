use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    BatchMode, BatchUpdateLicensesRequest, CancelBatchRequest, Change, ShortagePolicy,
    StreamBatchUpdateLicensesRequest, UserList, UserSelector,
};
use seatkeeper_tests::{
    CarriesEvent, Reading, assign, assignment, everyone, filter, listed, revoke, swap,
};
use tokio_stream::StreamExt as _;
use tonic::Status;

use super::Caller;
use crate::ledger::Ask;
use crate::test_store::USERS;

impl Caller {
    pub(super) fn change(&mut self) -> Change {
        match self.rng.below(9) {
            0..=1 => assign(&["suite"]),
            2 => assign(&["lite"]),
            3 => assign(&["suite", "addon"]),
            4 => swap(&["suite"], &["lite"]),
            5 => swap(&["lite"], &["suite"]),
            6 => revoke(&["suite", "addon"]),
            7 => Change {
                assign: vec![assignment("suite", &["mail"])],
                ..Change::default()
            },
            _ => revoke(&["lite"]),
        }
    }

    fn users(&mut self, count: usize) -> Vec<String> {
        let mut users = Vec::new();
        for _ in 0..count {
            // Some of these users do not exist.
            let number = self.rng.between(1, USERS + 5);
            users.push(self.fixture.user(&format!("u{number}")));
        }
        users
    }

    fn selection(&mut self) -> UserSelector {
        match self.rng.below(6) {
            0 => everyone(),
            1 => filter("department = \"Sales\""),
            2 => {
                let count = self.rng.between(200, 400);
                listed(self.users(count))
            }
            _ => {
                let count = self.rng.between(1, 60);
                listed(self.users(count))
            }
        }
    }

    fn mode(&mut self) -> BatchMode {
        let modes = [
            BatchMode::PerUser,
            BatchMode::PerUser,
            BatchMode::PerLicense,
            BatchMode::AllOrNothing,
        ];
        *self.rng.pick(&modes)
    }

    fn shortage(&mut self) -> ShortagePolicy {
        let policies = [
            ShortagePolicy::AssignUntilExhausted,
            ShortagePolicy::RequireAll,
            ShortagePolicy::Waitlist,
        ];
        *self.rng.pick(&policies)
    }

    pub(super) async fn batch(&mut self) -> Result<(), Status> {
        let (change, selection) = (self.change(), self.selection());
        let mut request = BatchUpdateLicensesRequest {
            mode: self.mode().into(),
            shortage_policy: self.shortage().into(),
            include_licenses: self.rng.one_in(4),
            ..self.fixture.request(change, selection)
        };
        if self.rng.one_in(12) {
            // Only `addon`, because other operations never exhaust its seats.
            request.change = Some(assign(&["addon"]));
            request.shortage_policy = ShortagePolicy::BuyMore.into();
        }
        if request.shortage_policy() == ShortagePolicy::Waitlist {
            request.mode = BatchMode::PerUser.into();
        }
        if self.rng.one_in(2) {
            request.request_id = self.request_id();
            let ask = Ask::Batch(request.clone());
            self.ledger.asked(&request.request_id, ask);
        }
        self.run_batch(request).await
    }

    /// Starts a batch, or joins it, and reads its results.
    pub(super) async fn run_batch(
        &mut self,
        request: BatchUpdateLicensesRequest,
    ) -> Result<(), Status> {
        let id = request.request_id.clone();
        let mut reading = self.fixture.start(request).await?;
        reading.next().await?;
        if !id.is_empty() {
            self.ledger.answered(&id, reading.so_far().batch());
        }
        self.read(reading).await
    }

    /// Reads a result stream to its end, or disconnects after a random number of results.
    async fn read<M: CarriesEvent>(&mut self, mut reading: Reading<M>) -> Result<(), Status> {
        let batch = reading.so_far().batch();
        let interest = if self.rng.one_in(4) {
            self.rng.below(100)
        } else {
            usize::MAX
        };
        let mut end = Ok(());
        while reading.so_far().results.len() < interest {
            match reading.next().await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(status) => {
                    end = Err(status);
                    break;
                }
            }
        }
        self.ledger.note(&batch, reading.so_far());
        end
    }

    /// Runs a batch whose users are streamed in.
    pub(super) async fn streamed_batch(&mut self) -> Result<(), Status> {
        let header = Header {
            parent: self.fixture.customer.clone(),
            change: Some(self.change()),
            ..Header::default()
        };
        let mut messages = vec![Content::Header(header)];
        for _ in 0..self.rng.between(1, 4) {
            let count = self.rng.between(1, 30);
            let names = self.users(count);
            messages.push(Content::Users(UserList { names }));
        }
        let messages = tokio_stream::iter(messages)
            .map(|content| StreamBatchUpdateLicensesRequest {
                content: Some(content),
            })
            .throttle(std::time::Duration::from_millis(5));
        let mut licenses = self.fixture.connection.licenses();
        let answer = licenses.stream_batch_update_licenses(messages).await?;
        let mut reading = Reading::of(answer);
        reading.next().await?;
        self.read(reading).await
    }

    /// Cancels a recent batch, which may have ended, or a new one.
    pub(super) async fn cancel(&mut self) -> Result<(), Status> {
        let name = match self.some_batch() {
            Some((name, _)) if self.rng.one_in(2) => name,
            _ => self.begun_batch().await?,
        };
        let mut batches = self.fixture.connection.batches();
        let request = CancelBatchRequest { name };
        batches.cancel_batch(request).await.map(drop)
    }

    /// Starts a batch over all users, and reads only the first event.
    async fn begun_batch(&mut self) -> Result<String, Status> {
        let change = self.change();
        let request = self.fixture.request(change, everyone());
        let mut reading = self.fixture.start(request).await?;
        reading.next().await?;
        let begun = reading.so_far();
        self.ledger.note(&begun.batch(), begun);
        Ok(begun.batch())
    }

    /// Resumes a recent batch after its last known result.
    pub(super) async fn resume(&mut self) -> Result<(), Status> {
        let Some((name, known)) = self.some_batch() else {
            return Ok(());
        };
        let mut reading = self.fixture.follow(&name, known).await?;
        reading.next().await?;
        self.read(reading).await
    }

    /// One of the last six batches, and the number of its known results.
    fn some_batch(&mut self) -> Option<(String, i64)> {
        let ours = self.ledger.batches_of(&self.fixture.customer);
        if ours.is_empty() {
            return None;
        }
        // Batch names sort by creation time.
        let last = &ours[ours.len().saturating_sub(6)..];
        let name = self.rng.pick(last).clone();
        let known = self.ledger.known(&name);
        Some((name, known))
    }
}
