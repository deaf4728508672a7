use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use seatkeeper_domain::{CustomerId, Principal};
use seatkeeper_store::{ModelStore, NewCustomer, Store};

use super::*;
use crate::{Engine, EngineConfig, Limits, RandomIds};

/// A transaction that conflicts `losses` times.
struct Loser {
    losses: u32,
    tries: Arc<AtomicU32>,
}

#[async_trait]
impl Transaction for Loser {
    type Output = ();

    async fn run(&mut self, _: &mut dyn CustomerTx) -> EngineResult<()> {
        if self.tries.fetch_add(1, Ordering::Relaxed) < self.losses {
            let deadlock = StoreError::Conflict(Arc::new(std::io::Error::other("a deadlock")));
            return Err(EngineError::Unavailable(deadlock));
        }
        Ok(())
    }
}

/// The result of a transaction that conflicts `losses` times, and the number of attempts.
async fn lose(losses: u32) -> (EngineResult<()>, u32) {
    let store = Arc::new(ModelStore::default());
    let customer = NewCustomer {
        id: CustomerId::parse("contoso").unwrap(),
        display_name: String::new(),
        principal: Principal::local(),
        time: Timestamp::from_micros(1),
    };
    let customer = store.create_customer(customer).await.unwrap().key;
    let engine = Engine::new(store, EngineConfig::default());
    let tries = Arc::<AtomicU32>::default();
    let loser = Loser {
        losses,
        tries: Arc::clone(&tries),
    };
    let ended = engine.transact(customer, loser).await;
    let ended = ended.map(|done| assert!(done.is_some(), "the customer exists"));
    (ended, tries.load(Ordering::Relaxed))
}

#[tokio::test(start_paused = true)]
async fn a_conflicting_transaction_is_retried() {
    let last = Limits::default().conflict_attempts;
    let (ended, tries) = lose(last - 1).await;
    ended.unwrap();
    assert_eq!(tries, last);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_always_conflicts_fails_as_retryable() {
    let (ended, tries) = lose(u32::MAX).await;
    let refused = ended.unwrap_err();
    assert!(
        matches!(refused, EngineError::Unavailable(_)),
        "{refused:?}"
    );
    assert_eq!(tries, Limits::default().conflict_attempts);
}

#[test]
fn pauses_double_and_differ_by_chance() {
    let mut shortest = Duration::from_millis(4);
    for attempt in 1..=4 {
        let pauses = (0..100).map(|_| retry_pause(&RandomIds, attempt));
        let pauses = pauses.collect::<std::collections::BTreeSet<_>>();
        assert!(*pauses.first().unwrap() >= shortest);
        assert!(*pauses.last().unwrap() < shortest * 2);
        assert!(pauses.len() > 1, "retries would conflict again");
        shortest *= 2;
    }
}
