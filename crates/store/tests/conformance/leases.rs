use seatkeeper_domain::{BatchKey, BatchState, CustomerKey, Timestamp};
use seatkeeper_store::{Batch, Lease};

use crate::fixture::{ALL, Fixture, at, lock, new_batch};
use crate::stores::on_every_store;

on_every_store! {
    async fn an_unfinished_batch_is_claimable_once_its_lease_has_run_out(fixture: Fixture) {
        insert(&fixture, fixture.customer, BatchState::Running, held_until(100)).await;
        assert_eq!(claimable(&fixture, 99).await, []);
        let address = (fixture.customer, BatchKey(1));
        assert_eq!(claimable(&fixture, 100).await, [address]);
        assert_eq!(claimable(&fixture, 101).await, [address]);
    }

    async fn a_batch_being_prepared_is_claimable_too(fixture: Fixture) {
        insert(&fixture, fixture.customer, BatchState::Preparing, held_until(100)).await;
        assert_eq!(claimable(&fixture, 100).await, [(fixture.customer, BatchKey(1))]);
    }

    async fn a_batch_without_a_lease_owner_is_claimable_at_any_time(fixture: Fixture) {
        let released = Lease { owner: None, until: Some(at(100)), epoch: 4 };
        let endless = Lease { until: None, ..held_until(0) };
        for lease in [Lease::default(), released, endless] {
            insert(&fixture, fixture.customer, BatchState::Running, lease).await;
        }
        let expected = [1, 2, 3].map(|key| (fixture.customer, BatchKey(key)));
        assert_eq!(claimable(&fixture, 0).await, expected);
    }

    async fn a_finished_batch_is_never_claimable(fixture: Fixture) {
        for state in [BatchState::Succeeded, BatchState::Cancelled] {
            insert(&fixture, fixture.customer, state, Lease::default()).await;
        }
        assert_eq!(claimable(&fixture, 1_000).await, []);
    }

    async fn claimable_batches_of_all_customers_are_walked_in_order(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        let third = fixture.another_customer("adatum").await;
        let mut expected = Vec::new();
        for customer in [third, fixture.customer, neighbor] {
            for (state, lease) in [
                (BatchState::Running, Lease::default()),
                (BatchState::Succeeded, Lease::default()),
                (BatchState::Running, held_until(100)),
                (BatchState::Preparing, held_until(10)),
            ] {
                insert(&fixture, customer, state, lease).await;
            }
            expected.extend([(customer, BatchKey(1)), (customer, BatchKey(4))]);
        }
        expected.sort_unstable();
        assert_eq!(claimable(&fixture, 50).await, expected);
        for limit in [1, 2, 4] {
            let mut walked = Vec::new();
            loop {
                let after = walked.last().copied();
                let page = fixture.store.claimable_batches(at(50), after, limit).await.unwrap();
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                walked.extend(page);
            }
            assert_eq!(walked, expected);
        }
    }
}

async fn claimable(fixture: &Fixture, micros: i64) -> Vec<(CustomerKey, BatchKey)> {
    let now: Timestamp = at(micros);
    fixture
        .store
        .claimable_batches(now, None, ALL)
        .await
        .unwrap()
}

async fn insert(fixture: &Fixture, customer: CustomerKey, state: BatchState, lease: Lease) {
    let mut tx = lock(&*fixture.store, customer).await;
    let mut number = 1;
    while tx.batch(BatchKey(number)).await.unwrap().is_some() {
        number += 1;
    }
    let id = format!("b{number}");
    let inserted = tx.insert_batch(new_batch(&id)).await.unwrap();
    let batch = Batch {
        state,
        lease,
        ..inserted
    };
    tx.save_batch(&batch).await.unwrap();
    tx.commit().await.unwrap();
}

fn held_until(micros: i64) -> Lease {
    Lease {
        owner: Some("server-1".to_owned()),
        until: Some(at(micros)),
        epoch: 1,
    }
}
