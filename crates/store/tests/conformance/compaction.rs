//! Journals of which the oldest entries are removed.

use seatkeeper_domain::{
    Actor, BatchKey, BatchSpan, BatchState, Effect, JournalSequence, LicenseChanges, PlanKey,
    Purchase, PurchaseId, UserKey,
};
use seatkeeper_store::{
    BaseLicense, Batch, CompactionStep, JournalBase, JournalSpan, RequestRecord, RequestTarget,
};

use crate::decisions::{assigned, changes, revoked, updated};
use crate::stores::on_every_store;
use crate::world::{ADDON, ALL, LITE, SUITE, World, actor, at, member, new_batch, request_id};

/// Everything that may be removed.
const WIDE: CompactionStep = CompactionStep {
    until: seatkeeper_domain::Timestamp::from_micros(i64::MAX),
    entries_max: ALL,
    users_max: ALL,
};

on_every_store! {
    async fn what_removed_entries_came_to_takes_their_place(world: World) {
        let [ann, bob, eve] = furnish(&world).await;
        // ann's plans changed, bob lost what he had, and eve got it again.
        decide(&world, 20, ann, vec![updated(SUITE, &[], &[3])]).await;
        decide(&world, 21, bob, vec![revoked(SUITE)]).await;
        decide(&world, 22, eve, vec![revoked(SUITE)]).await;
        let last = decide(&world, 23, eve, vec![assigned(SUITE, &[4])]).await;
        append(&world, 24).await;
        for step in [CompactionStep { entries_max: 2, ..WIDE }, WIDE] {
            while compact(&world, step).await > 0 {}
        }
        assert_eq!(span(&world).await, JournalSpan { base: last, last: JournalSequence(last.0 + 1) });
        let (base, licenses) = base(&world).await;
        let base = base.unwrap();
        assert_eq!(base.sequence, last);
        assert_eq!(base.customer.unwrap().id, world.row().await.id);
        let purchases = base.purchases.into_iter().collect::<Vec<_>>();
        assert_eq!(purchases, [(LITE, vec![purchase("lite", 5)])]);
        let told: Vec<_> = licenses.iter().map(|license| {
            let plans = license.held.disabled_plans.iter().map(|PlanKey(plan)| plan);
            let plans = plans.collect::<Vec<_>>();
            (license.user, plans, license.assign_time, license.changed_by.0)
        }).collect();
        assert_eq!(told, [
            (ann, vec![3], at(10), last.0 - 3),
            (eve, vec![4], at(23), last.0),
        ]);
    }

    async fn a_step_takes_in_what_it_may_and_one_entry_at_least(world: World) {
        furnish(&world).await;
        let whole = span(&world).await;
        assert_eq!(whole.base, JournalSequence(0));
        let old = CompactionStep { until: at(-1), ..WIDE };
        assert_eq!(compact(&world, old).await, 0, "no entry is so old");
        let one = CompactionStep { entries_max: 1, ..WIDE };
        assert_eq!(compact(&world, one).await, 1);
        assert_eq!(span(&world).await, JournalSpan { base: JournalSequence(1), ..whole });
        let few = CompactionStep { users_max: 0, ..WIDE };
        while compact(&world, few).await > 0 {}
        assert_eq!(span(&world).await.base, JournalSequence(whole.last.0 - 1), "the last stays");
        let left = world.journal().await;
        assert_eq!(left.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [whole.last]);
        assert_eq!(append(&world, 30).await, JournalSequence(whole.last.0 + 1));
    }

    async fn entries_of_a_batch_stay_while_it_exists(world: World) {
        let [ann, ..] = furnish(&world).await;
        let mut tx = world.lock().await;
        let batch = tx.insert_batch(new_batch("one")).await.unwrap();
        let accepted = Effect::BatchAccepted { batch: batch.key };
        let accepted = tx.append(at(20), &actor(), accepted).await.unwrap().sequence;
        tx.commit().await.unwrap();
        let chunk = LicenseChanges {
            span: Some(BatchSpan { batch: batch.key, first_result: 1 }),
            ..changes(vec![(member(ann, "ann"), vec![assigned(LITE, &[])])])
        };
        let mut tx = world.lock().await;
        tx.record_licenses(at(21), &actor(), chunk).await.unwrap();
        tx.commit().await.unwrap();
        append(&world, 22).await;
        while compact(&world, WIDE).await > 0 {}
        assert_eq!(span(&world).await.base, JournalSequence(accepted.0 - 1));
        let mut tx = world.lock().await;
        let state = BatchState::Succeeded;
        let ended = Batch { state, end_time: Some(at(22)), ..batch.clone() };
        tx.save_batch(&ended).await.unwrap();
        assert!(tx.remove_batch(batch.key, 9).await.unwrap());
        tx.commit().await.unwrap();
        let one = CompactionStep { entries_max: 1, ..WIDE };
        assert_eq!(compact(&world, one).await, 1);
        let open = base(&world).await.0.unwrap().open_batches;
        assert_eq!(open.into_iter().collect::<Vec<_>>(), [(BatchKey(1), false)]);
        while compact(&world, WIDE).await > 0 {}
        assert_eq!(base(&world).await.1.len(), 4);
    }

    async fn a_request_id_goes_with_the_entry_it_led_to(world: World) {
        furnish(&world).await;
        let mut tx = world.lock().await;
        let effect = Effect::UsersChanged { users: Vec::new() };
        let entry = tx.append(at(20), &actor(), effect).await.unwrap();
        let record = |id: &str, sequence| RequestRecord {
            id: request_id(id),
            digest: [1; 32],
            target: RequestTarget::Entry(sequence),
            create_time: at(20),
        };
        let next = JournalSequence(entry.sequence.0 + 1);
        tx.insert_requests(&[record("gone", entry.sequence), record("kept", next)]).await.unwrap();
        tx.commit().await.unwrap();
        append(&world, 21).await;
        while compact(&world, WIDE).await > 0 {}
        let known = async |id| world.store.request(world.customer, &request_id(id)).await.unwrap();
        assert!(known("gone").await.is_none());
        assert!(known("kept").await.is_some());
    }

    async fn journals_that_begin_long_ago_are_found_in_order(world: World) {
        furnish(&world).await;
        let other = world.another_customer("other").await;
        append(&world, 20).await;
        let old = async |until, after| world.store.old_journals(at(until), after, ALL).await.unwrap();
        let both = [(at(0), world.customer), (at(0), other)];
        assert_eq!(old(0, None).await, both);
        assert_eq!(old(0, Some(both[0])).await, both[1..]);
        assert_eq!(old(-1, None).await, []);
        while compact(&world, WIDE).await > 0 {}
        assert_eq!(old(19, None).await, both[1..]);
        assert_eq!(old(20, None).await, [both[1], (at(20), world.customer)]);
    }

    async fn a_step_rolled_back_removes_nothing(world: World) {
        furnish(&world).await;
        let before = (span(&world).await, world.journal().await);
        let mut tx = world.lock().await;
        assert!(tx.compact_journal(WIDE).await.unwrap() > 0);
        drop(tx);
        assert_eq!((span(&world).await, world.journal().await), before);
        assert_eq!(base(&world).await, (None, Vec::new()));
    }

    async fn a_customer_with_a_base_is_deleted_whole(world: World) {
        let users = furnish(&world).await;
        for (user, id) in users.into_iter().zip(["ann", "bob", "eve"]) {
            let mut tx = world.lock().await;
            let gone = changes(vec![(member(user, id), vec![revoked(SUITE)])]);
            tx.record_licenses(at(20), &actor(), gone).await.unwrap();
            tx.delete_user(user).await.unwrap();
            tx.commit().await.unwrap();
        }
        while compact(&world, CompactionStep { entries_max: 3, ..WIDE }).await > 0 {}
        let mut tx = world.lock().await;
        tx.delete_customer().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.store.journal_span(world.customer).await.unwrap(), None);
    }
}

/// Three users who hold a product each, and a purchase.
async fn furnish(world: &World) -> [UserKey; 3] {
    let users = world.add_users(&["ann", "bob", "eve"]).await;
    world.entitle(&[SUITE, LITE, ADDON]).await;
    let mut tx = world.lock().await;
    for (id, seats) in [("lite", 9), ("none", 3), ("none", 0), ("lite", 5)] {
        let effect = Effect::PurchaseChanged {
            product: LITE,
            purchase: purchase(id, seats),
        };
        tx.append(at(5), &Actor::new("bob"), effect).await.unwrap();
    }
    tx.commit().await.unwrap();
    let named = users.iter().copied().zip(["ann", "bob", "eve"]);
    world.assign(&named.collect::<Vec<_>>(), SUITE).await;
    users.try_into().unwrap()
}

fn purchase(id: &str, seats: i64) -> Purchase {
    Purchase {
        id: PurchaseId::parse(id).unwrap(),
        seats,
        start_time: at(2),
        end_time: None,
    }
}

async fn decide(
    world: &World,
    time: i64,
    user: UserKey,
    decided: Vec<seatkeeper_domain::ProductDecision>,
) -> JournalSequence {
    let changes = changes(vec![(member(user, "somebody"), decided)]);
    let mut tx = world.lock().await;
    let entry = tx
        .record_licenses(at(time), &actor(), changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    entry.sequence
}

async fn append(world: &World, time: i64) -> JournalSequence {
    let mut tx = world.lock().await;
    let effect = Effect::UsersChanged { users: Vec::new() };
    let entry = tx.append(at(time), &actor(), effect).await.unwrap();
    tx.commit().await.unwrap();
    entry.sequence
}

async fn compact(world: &World, step: CompactionStep) -> usize {
    let mut tx = world.lock().await;
    let count = tx.compact_journal(step).await.unwrap();
    tx.commit().await.unwrap();
    count
}

async fn span(world: &World) -> JournalSpan {
    let span = world.store.journal_span(world.customer).await.unwrap();
    span.unwrap()
}

async fn base(world: &World) -> (Option<JournalBase>, Vec<BaseLicense>) {
    let mut snapshot = world.store.snapshot(world.customer).await.unwrap().unwrap();
    let base = snapshot.journal_base().await.unwrap();
    (base, snapshot.base_licenses(None, ALL).await.unwrap())
}
