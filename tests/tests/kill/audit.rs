//! What must hold after any number of kills.

use std::time::Duration;

use seatkeeper_proto::v1::ListBatchesRequest;
use seatkeeper_tests::Fixture;
use tokio::time::Instant;

use crate::load::Caller;
use crate::rng::Rng;
use crate::test_store::TestStore;

/// How long the batches that are left may take to end: each lease runs out first.
const TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const PAGE_SIZE: i32 = 1000;

impl TestStore {
    /// Checks that everything that was promised is so.
    ///
    /// # Panics
    /// When it is not.
    pub(crate) async fn audit(&self) {
        let mut server = self.start();
        let fixtures = self
            .fixtures(server.url())
            .await
            .expect("the server answers");
        for fixture in &fixtures {
            every_batch_ends(fixture).await;
            self.results_are_as_observed(fixture).await;
        }
        self.requests_act_once(&fixtures).await;
        server.kill();
        self.storage.verify();
    }

    /// The same of servers that keep hardly anything that is over: what is left is sound.
    ///
    /// # Panics
    /// When it is not.
    pub(crate) async fn audit_what_is_left(&self) {
        let mut server = self.start();
        let fixtures = self
            .fixtures(server.url())
            .await
            .expect("the server answers");
        for fixture in &fixtures {
            every_batch_ends(fixture).await;
        }
        server.kill();
        self.storage.verify();
    }

    /// Each batch tells on from where it was cut off, and again from its beginning.
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

    /// Whatever was asked under a request id is done once, however often it is asked again.
    async fn requests_act_once(&self, fixtures: &[Fixture]) {
        for id in self.ledger.request_ids() {
            let mut caller = Caller {
                fixture: fixtures[0].clone(),
                ledger: std::sync::Arc::clone(&self.ledger),
                rng: Rng::of(1),
            };
            // What was refused before may be refused again.
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
/// When one does not.
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
        assert!(Instant::now() < deadline, "it does not end: {running:?}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
