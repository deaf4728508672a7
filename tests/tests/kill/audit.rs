//! Checks after any number of kills.

use std::time::Duration;

use seatkeeper_proto::v1::ListBatchesRequest;
use seatkeeper_tests::Fixture;
use tokio::time::Instant;

use crate::load::Caller;
use crate::rng::Rng;
use crate::test_store::TestStore;

/// Timeout for the remaining batches to end. A new worker has to wait until the old lease expires.
const TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const PAGE_SIZE: i32 = 1000;

impl TestStore {
    /// Checks that every response of a server still holds.
    ///
    /// # Panics
    /// When a response no longer holds.
    pub(crate) async fn audit(&self) {
        let mut server = self.start();
        let fixtures = self
            .fixtures(server.url())
            .await
            .expect("the server is reachable");
        for fixture in &fixtures {
            every_batch_ends(fixture).await;
            self.results_are_as_observed(fixture).await;
        }
        self.requests_act_once(&fixtures).await;
        server.kill();
        self.storage.verify();
    }

    /// Checks the data of servers with short retention: the remaining data is sound.
    ///
    /// # Panics
    /// When the remaining data is not sound.
    pub(crate) async fn audit_what_is_left(&self) {
        let mut server = self.start();
        let fixtures = self
            .fixtures(server.url())
            .await
            .expect("the server is reachable");
        for fixture in &fixtures {
            every_batch_ends(fixture).await;
        }
        server.kill();
        self.storage.verify();
    }

    /// Reads each batch from its last resume point and again from its beginning, and compares the
    /// results.
    async fn results_are_as_observed(&self, fixture: &Fixture) {
        for batch in &self.ledger.batches_of(&fixture.customer) {
            let known = self.ledger.known(batch);
            let rest = fixture.follow(batch, known).await;
            let rest = rest.unwrap_or_else(|status| panic!("{batch} was accepted: {status:?}"));
            self.ledger.note(batch, &rest.to_end().await);
            let again = fixture.follow(batch, 0).await.unwrap().to_end().await;
            self.ledger.note(batch, &again);
            let ended = again.finished.and_then(|finished| finished.batch).unwrap();
            assert_eq!(self.ledger.known(batch), ended.user_count, "{batch}");
        }
    }

    /// Repeats all requests with a request id. Each request must take effect once.
    async fn requests_act_once(&self, fixtures: &[Fixture]) {
        for id in self.ledger.request_ids() {
            let mut caller = Caller {
                fixture: fixtures[0].clone(),
                ledger: std::sync::Arc::clone(&self.ledger),
                rng: Rng::of(1),
            };
            // The server may reject a request again that it rejected before.
            let _refused = caller.ask_again(&id).await;
        }
        for fixture in fixtures {
            every_batch_ends(fixture).await;
        }
    }
}

/// Waits until all batches have ended.
///
/// # Panics
/// When a batch does not end before the timeout.
pub(crate) async fn every_batch_ends(fixture: &Fixture) {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let request = ListBatchesRequest {
            parent: fixture.customer.clone(),
            page_size: PAGE_SIZE,
            ..ListBatchesRequest::default()
        };
        let answer = fixture.connection.batches().list_batches(request).await;
        let batches = answer.unwrap().into_inner().batches;
        let Some(running) = batches.iter().find(|batch| batch.end_time.is_none()) else {
            return;
        };
        assert!(Instant::now() < deadline, "batch timed out: {running:?}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
