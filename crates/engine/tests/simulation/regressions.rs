//! Failures that the simulation found, each reproduced with a single fault.

use std::sync::Arc;
use std::time::Duration;

use seatkeeper_store::Store as _;

use seatkeeper_domain::{
    BatchMode, BatchState, CustomerId, Entitlement, Outcome, Principal, ProductKey, Purchase,
    PurchaseId, RequestId, ShortagePolicy, UserId,
};
use seatkeeper_engine::{
    Batch, BatchEvent, BatchRequest, CallerId, Clock as _, DeferredUserStreamStart, Engine,
    EngineError, EngineResult, Limits, Selector, UpdateUserLicenses, UserLicensesUpdated,
};

use crate::cluster::{Cluster, Node};
use crate::fault_profile::{CommitOutcome, FaultProfile};
use crate::fixture::{self, Fixture};
use crate::rng::Rng;
use crate::sim::Sim;
use crate::sources::SimClock;
use tokio::time::Instant;

/// Servers without faults, with limits so small that each user is a chunk and a freezing step.
struct FaultFree {
    cluster: Arc<Cluster>,
    fixture: Fixture,
}

fn without_faults<F: Future<Output = ()>>(servers: usize, test: impl FnOnce(FaultFree) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut rng = Rng::new(7);
        let sim = Sim::new(rng.fork(), FaultProfile::none(), false, None);
        let limits = Limits {
            segment_users: 1,
            chunk_segments_max: 1,
            freeze_segments_read: 1,
            freeze_segments_per_step: 1,
            ..fixture::limits(&mut rng)
        };
        let cluster = Cluster::start(&sim, limits, servers, &mut rng);
        let fixture = Fixture::set(&sim, &cluster.store, &mut rng, 2, 4).await;
        test(FaultFree { cluster, fixture }).await;
    });
}

impl FaultFree {
    fn node(&self) -> Node {
        self.cluster.node(0)
    }

    fn request(&self) -> BatchRequest {
        BatchRequest {
            customer: self.fixture.customers[0].clone(),
            change: fixture::change(&["suite"], &[]),
            mode: BatchMode::PerUser,
            shortage: ShortagePolicy::AssignUntilExhausted,
            report_licenses: false,
            cancel_on_disconnect: false,
            request_id: RequestId::parse("once").ok(),
            principal: Principal::local(),
            caller: CallerId::new("test"),
        }
    }

    fn users(&self) -> Selector {
        Selector::Users(self.fixture.users[..3].to_vec())
    }
}

/// Starts the same batch again and reads it to its end; returns the number of results and the
/// batch.
async fn join_and_read(engine: &Engine, request: BatchRequest, users: Selector) -> (i64, Batch) {
    let customer = request.customer.clone();
    let started = engine.start_batch(request, users).await.unwrap();
    assert!(started.joined, "the call must join the batch");
    let mut stream = engine.follow_started(&customer, started).await.unwrap();
    while let Some(event) = stream.next().await.unwrap() {
        if let BatchEvent::Finished(batch) = event {
            return (stream.resume_point(), *batch);
        }
    }
    panic!("the last event is `Finished`")
}

#[test]
fn a_batch_with_an_unknown_acceptance_is_run() {
    without_faults(1, async |fault_free: FaultFree| {
        let node = fault_free.node();
        fault_free.cluster.sim.script([
            CommitOutcome::Done,
            CommitOutcome::Done,
            CommitOutcome::UnknownDone,
        ]);
        let lost = node
            .engine
            .start_batch(fault_free.request(), fault_free.users())
            .await;
        assert!(
            matches!(lost, Err(EngineError::OutcomeUnknown(_))),
            "{lost:?}"
        );
        let (result_count, batch) =
            join_and_read(&node.engine, fault_free.request(), fault_free.users()).await;
        assert_eq!((result_count, batch.state), (3, BatchState::Succeeded));
    });
}

#[test]
fn a_batch_is_carried_out_whose_caller_hung_up_while_it_was_accepted() {
    without_faults(1, async |fault_free: FaultFree| {
        let mut request = fault_free.request();
        request.shortage = ShortagePolicy::RequireAll;
        request.change = fixture::change(&[], &["suite"]);
        let node = fault_free.node();
        let started = node
            .engine
            .start_deferred_user_stream(request.clone())
            .await
            .unwrap();
        let DeferredUserStreamStart::Open(mut user_stream) = started else {
            panic!("expected a new batch")
        };
        for user in &fault_free.fixture.users[..3] {
            user_stream.push(std::slice::from_ref(user)).await.unwrap();
        }
        // The acceptance waits for the customer's lock; the caller times out first.
        let customer = node.engine.customer(&request.customer).await.unwrap();
        let lock = fault_free
            .cluster
            .store
            .lock_customer(customer.key)
            .await
            .unwrap();
        let hung_up = node
            .call(Duration::from_millis(10), user_stream.finish())
            .await;
        assert!(
            hung_up.is_err(),
            "the response came before the caller disconnected"
        );
        drop(lock);
        tokio::time::sleep(Duration::from_secs(30)).await;
        let batches = node
            .engine
            .list_batches(&request.customer, None, 10)
            .await
            .unwrap();
        let states: Vec<_> = batches.items.iter().map(|batch| batch.state).collect();
        assert_eq!(states, [BatchState::Succeeded]);
    });
}

#[test]
fn a_user_stream_that_cannot_be_ended_at_once_does_not_keep_its_batch_waiting() {
    without_faults(1, async |fault_free: FaultFree| {
        let node = fault_free.node();
        let request = fault_free.request();
        let customer = request.customer.clone();
        let first = fault_free.fixture.users[..1].to_vec();
        let (started, user_stream) = node.engine.start_user_stream(request, first).await.unwrap();
        node.server.storm(Duration::from_secs(3));
        let refused = user_stream.unwrap().finish().await;
        assert!(
            matches!(refused, Err(EngineError::Unavailable(_))),
            "{refused:?}"
        );
        tokio::time::sleep(Duration::from_secs(30)).await;
        let (_, batch) = node
            .engine
            .batch(&customer, &started.batch.id)
            .await
            .unwrap();
        assert_eq!(
            (batch.state, batch.user_stream_interrupted),
            (BatchState::Succeeded, true)
        );
    });
}

async fn write_users_through(fault_free: FaultFree, outcome: CommitOutcome) {
    let node = fault_free.node();
    let (request, users) = (fault_free.request(), &fault_free.fixture.users);
    let customer = request.customer.clone();
    let (started, user_stream) = node
        .engine
        .start_user_stream(request, users[..1].to_vec())
        .await
        .unwrap();
    // Let the worker become idle before the commit that is lost.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut user_stream = user_stream.unwrap();
    fault_free.cluster.sim.script([outcome]);
    let lost = user_stream.push(&users[1..2]).await;
    assert!(
        matches!(lost, Err(EngineError::OutcomeUnknown(_))),
        "{lost:?}"
    );
    user_stream.push(&users[2..3]).await.unwrap();
    user_stream.finish().await.unwrap();
    tokio::time::sleep(Duration::from_secs(30)).await;
    let (_, batch) = node
        .engine
        .batch(&customer, &started.batch.id)
        .await
        .unwrap();
    assert_eq!(
        (batch.processed_count, batch.state),
        (3, BatchState::Succeeded)
    );
}

#[test]
fn users_with_an_unknown_commit_are_written_once() {
    without_faults(1, |fault_free| {
        write_users_through(fault_free, CommitOutcome::UnknownDone)
    });
}

#[test]
fn users_that_were_not_written_are_written_with_those_after_them() {
    without_faults(1, |fault_free| {
        write_users_through(fault_free, CommitOutcome::UnknownNotDone)
    });
}

#[test]
fn a_user_stream_that_took_too_long_is_refused() {
    without_faults(1, async |fault_free: FaultFree| {
        let node = fault_free.node();
        let mut request = fault_free.request();
        request.shortage = ShortagePolicy::RequireAll;
        let started = node
            .engine
            .start_deferred_user_stream(request)
            .await
            .unwrap();
        let DeferredUserStreamStart::Open(mut user_stream) = started else {
            panic!("expected a new batch")
        };
        user_stream
            .push(&fault_free.fixture.users[..2])
            .await
            .unwrap();
        tokio::time::sleep(fault_free.cluster.limits.user_stream_idle_timeout * 2).await;
        let late = user_stream.push(&fault_free.fixture.users[2..]).await;
        assert!(
            matches!(late, Err(EngineError::PendingBatchExpired)),
            "{late:?}"
        );
    });
}

#[test]
fn a_customer_whose_lock_is_held_for_long_does_not_keep_batches_of_others_waiting() {
    without_faults(2, async |fault_free: FaultFree| {
        let (held, mut other) = (fault_free.request(), fault_free.request());
        other.customer = fault_free.fixture.customers[1].clone();
        let (dying, first) = (fault_free.node(), fault_free.fixture.users[..1].to_vec());
        let _open = dying
            .engine
            .start_user_stream(held.clone(), first.clone())
            .await
            .unwrap();
        let (started, _open) = dying
            .engine
            .start_user_stream(other.clone(), first)
            .await
            .unwrap();
        dying.server.kill();
        let engine = fault_free.cluster.node(1).engine;
        let customer = engine.customer(&held.customer).await.unwrap();
        let _lock = fault_free
            .cluster
            .store
            .lock_customer(customer.key)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let (_, batch) = engine
            .batch(&other.customer, &started.batch.id)
            .await
            .unwrap();
        assert_eq!(batch.state, BatchState::Succeeded);
    });
}

#[test]
fn seats_that_were_bought_while_a_call_waited_for_its_turn_are_seats() {
    without_faults(1, async |fault_free: FaultFree| {
        let node = fault_free.node();
        let customer = fault_free.fixture.customers[0].clone();
        let key = node.engine.customer(&customer).await.unwrap().key;
        let mut tx = fault_free
            .cluster
            .store
            .lock_customer(key)
            .await
            .unwrap()
            .unwrap();
        let update = assignment(&customer, &fault_free.fixture.users[0]);
        let engine = node.engine.clone();
        let waiting = tokio::spawn(async move { engine.update_user_licenses(update).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let bought = one_seat(fault_free.cluster.sim.begun);
        tx.save_entitlement(&bought).await.unwrap();
        tx.commit().await.unwrap();
        let updated = waiting.await.unwrap().unwrap();
        assert_eq!(
            updated.changes.plan.decisions[0].products[0].outcome,
            Outcome::Assigned
        );
    });
}

/// Calls that wait for the same lock, and share a transaction.
async fn group_commit(
    fault_free: &FaultFree,
    updates: Vec<UpdateUserLicenses>,
) -> Vec<EngineResult<i64>> {
    let node = fault_free.node();
    let customer = node.engine.customer(&updates[0].customer).await.unwrap();
    let held = fault_free.cluster.store.lock_customer(customer.key).await;
    let calls = updates.into_iter().map(|update| {
        let engine = node.engine.clone();
        tokio::spawn(async move { engine.update_user_licenses(update).await })
    });
    let calls: Vec<_> = calls.collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(held);
    let answers = futures::future::join_all(calls).await.into_iter();
    let entry = |done: UserLicensesUpdated| done.sequence.map_or(0, |sequence| sequence.0);
    answers.map(|answer| answer.unwrap().map(entry)).collect()
}

/// One call for each of three users.
fn three_calls(fault_free: &FaultFree) -> Vec<UpdateUserLicenses> {
    let customer = &fault_free.fixture.customers[0];
    let calls = fault_free.fixture.users[..3]
        .iter()
        .map(|user| UpdateUserLicenses {
            request_id: RequestId::parse(user.as_str()).ok(),
            ..assignment(customer, user)
        });
    calls.collect()
}

#[test]
fn all_calls_of_a_transaction_with_an_unknown_commit_get_outcome_unknown() {
    for outcome in [CommitOutcome::UnknownDone, CommitOutcome::UnknownNotDone] {
        without_faults(1, async |fault_free: FaultFree| {
            fault_free.cluster.sim.script([outcome]);
            let answers = group_commit(&fault_free, three_calls(&fault_free)).await;
            assert_eq!(answers.len(), 3);
            let unknown = |answer| matches!(answer, &Err(EngineError::OutcomeUnknown(_)));
            assert!(answers.iter().all(unknown), "{answers:?}");
            // Whether or not the first group was committed, each call is applied once after a
            // retry.
            let first = entries(&group_commit(&fault_free, three_calls(&fault_free)).await);
            let again = entries(&group_commit(&fault_free, three_calls(&fault_free)).await);
            assert_eq!(first, again);
            assert!(first[0] < first[1] && first[1] < first[2], "{first:?}");
        });
    }
}

fn entries(answers: &[EngineResult<i64>]) -> Vec<i64> {
    let entries = answers.iter().map(|answer| *answer.as_ref().unwrap());
    entries.collect()
}

fn assignment(customer: &CustomerId, user: &UserId) -> UpdateUserLicenses {
    UpdateUserLicenses {
        customer: customer.clone(),
        user: user.clone(),
        change: fixture::change(&["suite"], &[]),
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        revision: None,
        report_licenses: false,
        request_id: None,
        validate_only: false,
        principal: Principal::local(),
    }
}

/// One seat of the suite, bought now.
fn one_seat(begun: Instant) -> Entitlement {
    let ahead_micros = 0;
    let now = SimClock {
        begun,
        ahead_micros,
    }
    .now();
    Entitlement {
        product: ProductKey(0),
        purchases: vec![Purchase {
            id: PurchaseId::parse("late").unwrap(),
            seats: 1,
            start_time: now,
            end_time: None,
        }],
        assigned: 0,
        reserved: 0,
        waitlisted: 0,
        revision: 1,
        create_time: now,
        update_time: now,
    }
}
