//! What the simulation found, one fault at a time.

use std::sync::Arc;
use std::time::Duration;

use seatkeeper_store::Store as _;

use seatkeeper_domain::{
    Actor, BatchMode, BatchState, CustomerId, Entitlement, Outcome, ProductKey, Purchase,
    PurchaseId, RequestId, ShortagePolicy, UserId,
};
use seatkeeper_engine::{
    Batch, BatchEvent, BatchRequest, CallerId, Clock as _, Collecting, Engine, EngineError,
    EngineResult, Limits, Selector, UpdateUserLicenses, UserLicensesUpdated,
};

use crate::cluster::{Cluster, Node};
use crate::rng::Rng;
use crate::scene::{self, Scene};
use crate::sim::Sim;
use crate::sources::SimClock;
use crate::weather::{CommitFate, Weather};
use tokio::time::Instant;

/// Servers in fair weather, with bounds so small that each user is a chunk and a freezing step.
struct Fair {
    cluster: Arc<Cluster>,
    scene: Scene,
}

fn in_fair_weather<F: Future<Output = ()>>(servers: usize, story: impl FnOnce(Fair) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut rng = Rng::new(7);
        let sim = Sim::new(rng.fork(), Weather::fair(), false);
        let limits = Limits {
            segment_users: 1,
            chunk_segments_max: 1,
            freeze_segments_read: 1,
            freeze_segments_per_step: 1,
            ..scene::limits(&mut rng)
        };
        let cluster = Cluster::start(&sim, limits, servers, &mut rng);
        let scene = Scene::set(&sim, &cluster.store, &mut rng, 2, 4).await;
        story(Fair { cluster, scene }).await;
    });
}

impl Fair {
    fn node(&self) -> Node {
        self.cluster.node(0)
    }

    fn request(&self) -> BatchRequest {
        BatchRequest {
            customer: self.scene.customers[0].clone(),
            change: scene::change(&["suite"], &[]),
            mode: BatchMode::PerUser,
            shortage: ShortagePolicy::AssignUntilExhausted,
            report_licenses: false,
            cancel_on_disconnect: false,
            request_id: RequestId::parse("once").ok(),
            actor: Actor::local(),
            caller: CallerId::new("test"),
        }
    }

    fn users(&self) -> Selector {
        Selector::Users(self.scene.users[..3].to_vec())
    }
}

/// Starts the same batch again and reads it to its end: how many results there are, and the end.
async fn join_and_read(engine: &Engine, request: BatchRequest, users: Selector) -> (i64, Batch) {
    let customer = request.customer.clone();
    let started = engine.start_batch(request, users).await.unwrap();
    assert!(started.joined, "the batch was not found");
    let mut stream = engine.follow_started(&customer, started).await.unwrap();
    while let Some(event) = stream.next().await.unwrap() {
        if let BatchEvent::Finished(batch) = event {
            return (stream.resume_point(), *batch);
        }
    }
    panic!("a stream ends with finished")
}

#[test]
fn a_batch_of_whose_acceptance_nobody_heard_is_carried_out() {
    in_fair_weather(1, async |fair: Fair| {
        let node = fair.node();
        fair.cluster
            .sim
            .script([CommitFate::Done, CommitFate::Done, CommitFate::UnknownDone]);
        let lost = node.engine.start_batch(fair.request(), fair.users()).await;
        assert!(
            matches!(lost, Err(EngineError::OutcomeUnknown(_))),
            "{lost:?}"
        );
        let (told, batch) = join_and_read(&node.engine, fair.request(), fair.users()).await;
        assert_eq!((told, batch.state), (3, BatchState::Succeeded));
    });
}

#[test]
fn a_batch_is_carried_out_whose_caller_hung_up_while_it_was_accepted() {
    in_fair_weather(1, async |fair: Fair| {
        let mut request = fair.request();
        request.shortage = ShortagePolicy::RequireAll;
        request.change = scene::change(&[], &["suite"]);
        let node = fair.node();
        let collecting = node.engine.collect_users(request.clone()).await.unwrap();
        let Collecting::Open(mut collection) = collecting else {
            panic!("there is no batch to join")
        };
        for user in &fair.scene.users[..3] {
            collection.push(std::slice::from_ref(user)).await.unwrap();
        }
        // The acceptance waits for the customer's lock, and the caller does not.
        let customer = node.engine.customer(&request.customer).await.unwrap();
        let lock = fair
            .cluster
            .store
            .lock_customer(customer.key)
            .await
            .unwrap();
        let hung_up = node
            .call(Duration::from_millis(10), collection.finish())
            .await;
        assert!(
            hung_up.is_err(),
            "the answer came before the caller hung up"
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
fn an_intake_that_cannot_be_ended_at_once_does_not_keep_its_batch_waiting() {
    in_fair_weather(1, async |fair: Fair| {
        let node = fair.node();
        let request = fair.request();
        let customer = request.customer.clone();
        let first = fair.scene.users[..1].to_vec();
        let (started, intake) = node.engine.start_intake(request, first).await.unwrap();
        node.server.storm(Duration::from_secs(3));
        let refused = intake.unwrap().finish().await;
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
            (batch.state, batch.intake_interrupted),
            (BatchState::Succeeded, true)
        );
    });
}

async fn write_users_through(fair: Fair, fate: CommitFate) {
    let node = fair.node();
    let (request, users) = (fair.request(), &fair.scene.users);
    let customer = request.customer.clone();
    let (started, intake) = node
        .engine
        .start_intake(request, users[..1].to_vec())
        .await
        .unwrap();
    // Let the driver rest before the commit that is lost.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut intake = intake.unwrap();
    fair.cluster.sim.script([fate]);
    let lost = intake.push(&users[1..2]).await;
    assert!(
        matches!(lost, Err(EngineError::OutcomeUnknown(_))),
        "{lost:?}"
    );
    intake.push(&users[2..3]).await.unwrap();
    intake.finish().await.unwrap();
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
fn users_of_whose_writing_nobody_heard_are_written_once() {
    in_fair_weather(1, |fair| write_users_through(fair, CommitFate::UnknownDone));
}

#[test]
fn users_that_were_not_written_are_written_with_those_after_them() {
    in_fair_weather(1, |fair| {
        write_users_through(fair, CommitFate::UnknownNotDone)
    });
}

#[test]
fn a_collection_that_took_too_long_is_told_so() {
    in_fair_weather(1, async |fair: Fair| {
        let node = fair.node();
        let mut request = fair.request();
        request.shortage = ShortagePolicy::RequireAll;
        let collecting = node.engine.collect_users(request).await.unwrap();
        let Collecting::Open(mut collection) = collecting else {
            panic!("there is no batch to join")
        };
        collection.push(&fair.scene.users[..2]).await.unwrap();
        tokio::time::sleep(fair.cluster.limits.draft_idle_max * 2).await;
        let late = collection.push(&fair.scene.users[2..]).await;
        assert!(matches!(late, Err(EngineError::DraftExpired)), "{late:?}");
    });
}

#[test]
fn a_customer_whose_lock_is_held_for_long_does_not_keep_batches_of_others_waiting() {
    in_fair_weather(2, async |fair: Fair| {
        let (held, mut other) = (fair.request(), fair.request());
        other.customer = fair.scene.customers[1].clone();
        let (dying, first) = (fair.node(), fair.scene.users[..1].to_vec());
        let _open = dying
            .engine
            .start_intake(held.clone(), first.clone())
            .await
            .unwrap();
        let (started, _open) = dying
            .engine
            .start_intake(other.clone(), first)
            .await
            .unwrap();
        dying.server.kill();
        let engine = fair.cluster.node(1).engine;
        let customer = engine.customer(&held.customer).await.unwrap();
        let _lock = fair
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
    in_fair_weather(1, async |fair: Fair| {
        let node = fair.node();
        let customer = fair.scene.customers[0].clone();
        let key = node.engine.customer(&customer).await.unwrap().key;
        let mut tx = fair
            .cluster
            .store
            .lock_customer(key)
            .await
            .unwrap()
            .unwrap();
        let update = assignment(&customer, &fair.scene.users[0]);
        let engine = node.engine.clone();
        let waiting = tokio::spawn(async move { engine.update_user_licenses(update).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let bought = one_seat(fair.cluster.sim.begun);
        tx.save_entitlement(&bought).await.unwrap();
        tx.commit().await.unwrap();
        let updated = waiting.await.unwrap().unwrap();
        assert_eq!(
            updated.changes.plan.decisions[0].products[0].outcome,
            Outcome::Assigned
        );
    });
}

/// Calls that wait for one another, and are carried out together.
async fn together(fair: &Fair, updates: Vec<UpdateUserLicenses>) -> Vec<EngineResult<i64>> {
    let node = fair.node();
    let customer = node.engine.customer(&updates[0].customer).await.unwrap();
    let held = fair.cluster.store.lock_customer(customer.key).await;
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
fn three_calls(fair: &Fair) -> Vec<UpdateUserLicenses> {
    let customer = &fair.scene.customers[0];
    let calls = fair.scene.users[..3].iter().map(|user| UpdateUserLicenses {
        request_id: RequestId::parse(user.as_str()).ok(),
        ..assignment(customer, user)
    });
    calls.collect()
}

#[test]
fn all_calls_of_a_transaction_are_told_that_nobody_heard_of_its_commit() {
    for fate in [CommitFate::UnknownDone, CommitFate::UnknownNotDone] {
        in_fair_weather(1, async |fair: Fair| {
            fair.cluster.sim.script([fate]);
            let answers = together(&fair, three_calls(&fair)).await;
            assert_eq!(answers.len(), 3);
            let unknown = |answer| matches!(answer, &Err(EngineError::OutcomeUnknown(_)));
            assert!(answers.iter().all(unknown), "{answers:?}");
            // Whether it was carried out or not, each is done once when they ask again.
            let first = entries(&together(&fair, three_calls(&fair)).await);
            let again = entries(&together(&fair, three_calls(&fair)).await);
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
        change: scene::change(&["suite"], &[]),
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        revision: None,
        report_licenses: false,
        request_id: None,
        validate_only: false,
        actor: Actor::local(),
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
