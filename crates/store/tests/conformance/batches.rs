use seatkeeper_domain::{
    Assignment, BatchKey, BatchMode, BatchState, CatalogVersion, Change, CustomerKey,
    OutcomeCounts, PlanPolicy, SelectionId, ShortagePolicy, ViolationType,
};
use seatkeeper_store::{
    Batch, BatchProgress, BatchRef, BatchSource, BatchSpec, BatchTask, Lease, NewBatch,
};

use crate::decisions::plans;
use crate::fixture::{
    ADDON, ALL, Fixture, LITE, SUITE, assert_corrupt, assert_taken, at, batch_id, batch_spec,
    new_batch, request_id,
};
use crate::stores::on_every_store;

on_every_store! {
    async fn a_new_batch_is_being_prepared(fixture: Fixture) {
        let new = NewBatch { lease: lease(), user_stream_open: true, ..new_batch("one") };
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new.clone()).await.unwrap();
        tx.commit().await.unwrap();
        let expected = Batch {
            key: BatchKey(1),
            id: new.id,
            spec: new.spec,
            state: BatchState::Preparing,
            user_count: 0,
            duplicate_count: 0,
            user_stream_open: true,
            user_stream_interrupted: false,
            processed_count: 0,
            counts: OutcomeCounts::default(),
            violations: [].into(),
            seats_left: Vec::new(),
            seats_bought: Vec::new(),
            cancel_requested: false,
            lease: lease(),
            start_time: None,
            end_time: None,
        };
        assert_eq!(batch, expected);
        assert_eq!(found(&fixture, "one").await, Some(expected));
    }

    async fn every_spec_reads_back(fixture: Fixture) {
        let specs = specs();
        let mut tx = fixture.lock().await;
        for (spec, number) in specs.iter().zip(1..) {
            let new = NewBatch { spec: spec.clone(), ..new_batch(&format!("b{number}")) };
            tx.insert_batch(new).await.unwrap();
        }
        tx.commit().await.unwrap();
        for (spec, number) in specs.into_iter().zip(1..) {
            assert_eq!(found(&fixture, &format!("b{number}")).await.unwrap().spec, spec);
        }
    }

    async fn batches_get_ascending_keys_that_are_never_given_out_twice(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let first = tx.insert_batch(new_batch("one")).await.unwrap();
        let second = tx.insert_batch(new_batch("two")).await.unwrap();
        assert_eq!((first.key, second.key), (BatchKey(1), BatchKey(2)));
        tx.delete_batch(second.key).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.lock().await;
        let third = tx.insert_batch(new_batch("two")).await.unwrap();
        assert_eq!(third.key, BatchKey(3));
    }

    async fn a_batch_identifier_that_is_taken_makes_no_batch(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        tx.insert_batch(new_batch("one")).await.unwrap();
        assert_taken(tx.insert_batch(new_batch("one")).await, "batch");
        drop(tx);
        assert_eq!(found(&fixture, "one").await, None);
    }

    async fn saving_replaces_all_but_spec_and_identifier(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let inserted = tx.insert_batch(new_batch("one")).await.unwrap();
        let saved = progressed(inserted.clone());
        let renamed = Batch { id: batch_id("other"), spec: specs().remove(0), ..saved.clone() };
        tx.save_batch(&renamed).await.unwrap();
        assert_eq!(tx.batch(inserted.key).await.unwrap().as_ref(), Some(&saved));
        tx.commit().await.unwrap();
        assert_eq!(found(&fixture, "one").await, Some(saved));
        assert_eq!(found(&fixture, "other").await, None);
        let mut tx = fixture.lock().await;
        tx.save_batch(&inserted).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(found(&fixture, "one").await, Some(inserted));
    }

    async fn a_batch_that_is_not_there_is_not_saved(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new_batch("one")).await.unwrap();
        tx.delete_batch(batch.key).await.unwrap();
        assert_corrupt(tx.save_batch(&batch).await);
    }

    async fn a_deleted_batch_is_gone_and_its_identifier_free(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new_batch("one")).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.lock().await;
        tx.delete_batch(batch.key).await.unwrap();
        assert_eq!(tx.batch_by_id(&batch.id).await.unwrap(), None);
        tx.commit().await.unwrap();
        assert_eq!(found(&fixture, "one").await, None);
        let mut tx = fixture.lock().await;
        tx.insert_batch(new_batch("one")).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn deleting_a_batch_that_is_not_there_does_nothing(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        tx.delete_batch(BatchKey(5)).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn accepted_batches_are_listed_newest_first(fixture: Fixture) {
        batches_in_all_states(&fixture).await;
        let expected = [8, 7, 6, 4, 3, 2].map(BatchKey);
        assert_eq!(listed(&fixture, None, ALL).await, expected);
        assert_eq!(fixture.store.count_batches(fixture.customer).await.unwrap(), 6);
        for limit in [1, 4, 6] {
            let mut walked = Vec::new();
            loop {
                let page = listed(&fixture, walked.last().copied(), limit).await;
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                walked.extend(page);
            }
            assert_eq!(walked, expected);
        }
        assert_eq!(listed(&fixture, Some(BatchKey(5)), 2).await, [BatchKey(4), BatchKey(3)]);
        assert_eq!(listed(&fixture, Some(BatchKey(1)), 2).await, []);
    }

    async fn progress_of_many_batches_is_read_at_once(fixture: Fixture) {
        assert_eq!(fixture.store.batch_progress(&[]).await.unwrap(), []);
        batches_in_all_states(&fixture).await;
        let nobody = CustomerKey(fixture.customer.0 + 1);
        let addresses = [4, 2, 77, 2].map(|key| (fixture.customer, BatchKey(key)));
        let addresses = [&addresses[..], &[(nobody, BatchKey(1))]].concat();
        let actual = fixture.store.batch_progress(&addresses).await.unwrap();
        let mut expected = Vec::new();
        for key in [2, 4] {
            let batch = fixture.store.batch(fixture.customer, BatchKey(key)).await.unwrap().unwrap();
            expected.push(BatchProgress::of(fixture.customer, &batch));
        }
        assert_eq!(actual, expected);
    }

    async fn only_batches_that_run_are_counted_as_running(fixture: Fixture) {
        assert_eq!(fixture.lock().await.count_running_batches().await.unwrap(), 0);
        batches_in_all_states(&fixture).await;
        let mut tx = fixture.lock().await;
        assert_eq!(tx.count_running_batches().await.unwrap(), 2);
        tx.delete_batch(BatchKey(2)).await.unwrap();
        assert_eq!(tx.count_running_batches().await.unwrap(), 1);
    }
}

/// Eight batches; the first and the fifth are in state Preparing.
async fn batches_in_all_states(fixture: &Fixture) {
    let states = [
        BatchState::Preparing,
        BatchState::Running,
        BatchState::Succeeded,
        BatchState::Cancelled,
    ];
    let mut tx = fixture.lock().await;
    for (state, number) in states.into_iter().cycle().take(8).zip(1..) {
        let inserted = tx.insert_batch(new_batch(&format!("b{number}"))).await;
        let batch = Batch {
            state,
            ..inserted.unwrap()
        };
        tx.save_batch(&batch).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn listed(fixture: &Fixture, before: Option<BatchKey>, limit: usize) -> Vec<BatchKey> {
    let page = fixture.store.list_batches(fixture.customer, before, limit);
    page.await.unwrap().iter().map(|batch| batch.key).collect()
}

/// A batch by identifier; the read by key must return the same.
async fn found(fixture: &Fixture, id: &str) -> Option<Batch> {
    let id = batch_id(id);
    let by_id = fixture
        .store
        .batch_by_id(fixture.customer, &id)
        .await
        .unwrap();
    if let Some(batch) = &by_id {
        let by_key = fixture
            .store
            .batch(fixture.customer, batch.key)
            .await
            .unwrap();
        assert_eq!(by_key, by_id);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.batch(batch.key).await.unwrap(), by_id);
        assert_eq!(tx.batch_by_id(&batch.id).await.unwrap(), by_id);
    }
    by_id
}

fn lease() -> Lease {
    Lease {
        owner: Some("server-1".to_owned()),
        until: Some(at(500)),
        epoch: 3,
    }
}

/// The batch with every mutable field changed.
fn progressed(batch: Batch) -> Batch {
    Batch {
        state: BatchState::Cancelled,
        user_count: 5_000_000_000,
        duplicate_count: 2,
        user_stream_open: true,
        user_stream_interrupted: true,
        processed_count: 4_999,
        counts: OutcomeCounts {
            users_succeeded: 1,
            users_failed: 2,
            users_unchanged: 3,
            assigned: 4,
            updated: 5,
            revoked: 6,
            unchanged: 7,
            failed: 8,
            waitlisted: 9,
        },
        violations: ViolationType::ALL.into_iter().zip(1..).collect(),
        seats_left: vec![(ADDON, -3), (SUITE, 0)],
        seats_bought: vec![(SUITE, 12)],
        cancel_requested: true,
        lease: lease(),
        start_time: Some(at(40)),
        end_time: Some(at(50)),
        ..batch
    }
}

/// Specs that differ in every field.
fn specs() -> Vec<BatchSpec> {
    let assignment = |product, disabled: &[u32], plan_policy| Assignment {
        product,
        disabled_plans: plans(disabled),
        plan_policy,
    };
    let full = BatchSpec {
        task: BatchTask::Change(Change {
            assign: vec![
                assignment(ADDON, &[0, 900], PlanPolicy::Keep),
                assignment(SUITE, &[], PlanPolicy::Replace),
            ],
            revoke: vec![LITE],
        }),
        source: BatchSource::Filter("state = \"BLOCKED\"".to_owned()),
        mode: BatchMode::PerLicense,
        shortage: ShortagePolicy::RequireAll,
        report_licenses: true,
        cancel_on_disconnect: true,
        catalog_version: CatalogVersion(70),
        request_id: Some(request_id("request")),
        create_time: at(-3),
        ..batch_spec()
    };
    let saved = BatchSource::Saved(SelectionId::parse("selection").unwrap());
    let other = BatchRef {
        key: BatchKey(7),
        id: batch_id("other"),
    };
    let failed = BatchSource::Failed {
        batch: other.clone(),
        violations: vec![ViolationType::SeatsExhausted, ViolationType::ChangedSince],
    };
    let revert = BatchSpec {
        task: BatchTask::Revert {
            batch: other,
            products: vec![SUITE, LITE],
        },
        source: BatchSource::Reverted,
        ..batch_spec()
    };
    let sources = [
        failed,
        BatchSource::Users,
        BatchSource::Stream,
        BatchSource::All,
        saved,
    ];
    let mut specs: Vec<_> = sources
        .map(|source| BatchSpec {
            source,
            mode: BatchMode::AllOrNothing,
            shortage: ShortagePolicy::BuyMore,
            ..batch_spec()
        })
        .into();
    specs.insert(0, full);
    specs.push(revert);
    specs
}
