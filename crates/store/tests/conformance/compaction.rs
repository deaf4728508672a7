//! Journals whose oldest entries are compacted.

use seatkeeper_domain::{
    BatchKey, BatchSpan, BatchState, Effect, JournalSequence, LicenseChanges, PlanKey, Principal,
    Purchase, PurchaseId, UserKey,
};
use seatkeeper_store::{
    Batch, CheckpointLicense, CompactionStep, IdempotencyRecord, IdempotencyTarget,
    JournalCheckpoint, JournalSpan,
};

use crate::decisions::{assigned, changes, revoked, updated};
use crate::fixture::{
    ADDON, ALL, Fixture, LITE, SUITE, at, member, new_batch, principal, request_id,
};
use crate::stores::on_every_store;

/// A step without effective bounds.
const WIDE: CompactionStep = CompactionStep {
    until: seatkeeper_domain::Timestamp::from_micros(i64::MAX),
    entries_max: ALL,
    users_max: ALL,
};

on_every_store! {
    async fn a_checkpoint_takes_the_place_of_deleted_entries(fixture: Fixture) {
        let [ann, bob, eve] = populate(&fixture).await;
        // ann's plans changed, bob lost the license, and eve lost it and got it again.
        decide(&fixture, 20, ann, vec![updated(SUITE, &[], &[3])]).await;
        decide(&fixture, 21, bob, vec![revoked(SUITE)]).await;
        decide(&fixture, 22, eve, vec![revoked(SUITE)]).await;
        let last = decide(&fixture, 23, eve, vec![assigned(SUITE, &[4])]).await;
        append(&fixture, 24).await;
        for step in [CompactionStep { entries_max: 2, ..WIDE }, WIDE] {
            while compact(&fixture, step).await > 0 {}
        }
        assert_eq!(span(&fixture).await, JournalSpan { checkpoint: last, last: JournalSequence(last.0 + 1) });
        let (checkpoint, licenses) = checkpoint(&fixture).await;
        let checkpoint = checkpoint.unwrap();
        assert_eq!(checkpoint.sequence, last);
        assert_eq!(checkpoint.customer.unwrap().id, fixture.row().await.id);
        let purchases = checkpoint.purchases.into_iter().collect::<Vec<_>>();
        assert_eq!(purchases, [(LITE, vec![purchase("lite", 5)])]);
        let actual: Vec<_> = licenses.iter().map(|license| {
            let plans = license.held.disabled_plans.iter().map(|PlanKey(plan)| plan);
            let plans = plans.collect::<Vec<_>>();
            (license.user, plans, license.assign_time, license.changed_by.0)
        }).collect();
        assert_eq!(actual, [
            (ann, vec![3], at(10), last.0 - 3),
            (eve, vec![4], at(23), last.0),
        ]);
    }

    async fn a_step_takes_in_what_it_may_and_one_entry_at_least(fixture: Fixture) {
        populate(&fixture).await;
        let whole = span(&fixture).await;
        assert_eq!(whole.checkpoint, JournalSequence(0));
        let old = CompactionStep { until: at(-1), ..WIDE };
        assert_eq!(compact(&fixture, old).await, 0, "no entry is so old");
        let one = CompactionStep { entries_max: 1, ..WIDE };
        assert_eq!(compact(&fixture, one).await, 1);
        assert_eq!(span(&fixture).await, JournalSpan { checkpoint: JournalSequence(1), ..whole });
        let few = CompactionStep { users_max: 0, ..WIDE };
        while compact(&fixture, few).await > 0 {}
        assert_eq!(span(&fixture).await.checkpoint, JournalSequence(whole.last.0 - 1), "the last stays");
        let left = fixture.journal().await;
        assert_eq!(left.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [whole.last]);
        assert_eq!(append(&fixture, 30).await, JournalSequence(whole.last.0 + 1));
    }

    async fn entries_of_a_batch_stay_while_it_exists(fixture: Fixture) {
        let [ann, ..] = populate(&fixture).await;
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new_batch("one")).await.unwrap();
        let accepted = Effect::BatchAccepted { batch: batch.key };
        let accepted = tx.append(at(20), &principal(), accepted).await.unwrap().sequence;
        tx.commit().await.unwrap();
        let chunk = LicenseChanges {
            span: Some(BatchSpan { batch: batch.key, first_result: 1 }),
            ..changes(vec![(member(ann, "ann"), vec![assigned(LITE, &[])])])
        };
        let mut tx = fixture.lock().await;
        tx.record_licenses(at(21), &principal(), chunk).await.unwrap();
        tx.commit().await.unwrap();
        append(&fixture, 22).await;
        while compact(&fixture, WIDE).await > 0 {}
        assert_eq!(span(&fixture).await.checkpoint, JournalSequence(accepted.0 - 1));
        let mut tx = fixture.lock().await;
        let state = BatchState::Succeeded;
        let ended = Batch { state, end_time: Some(at(22)), ..batch.clone() };
        tx.save_batch(&ended).await.unwrap();
        assert!(tx.remove_batch(batch.key, 9).await.unwrap());
        tx.commit().await.unwrap();
        let one = CompactionStep { entries_max: 1, ..WIDE };
        assert_eq!(compact(&fixture, one).await, 1);
        let open = checkpoint(&fixture).await.0.unwrap().open_batches;
        assert_eq!(open.into_iter().collect::<Vec<_>>(), [(BatchKey(1), false)]);
        while compact(&fixture, WIDE).await > 0 {}
        assert_eq!(checkpoint(&fixture).await.1.len(), 4);
    }

    async fn a_request_id_goes_with_the_entry_it_led_to(fixture: Fixture) {
        populate(&fixture).await;
        let mut tx = fixture.lock().await;
        let effect = Effect::UsersChanged { users: Vec::new() };
        let entry = tx.append(at(20), &principal(), effect).await.unwrap();
        let record = |id: &str, sequence| IdempotencyRecord {
            id: request_id(id),
            digest: [1; 32],
            target: IdempotencyTarget::Entry(sequence),
            create_time: at(20),
        };
        let next = JournalSequence(entry.sequence.0 + 1);
        tx.insert_idempotency_records(&[record("gone", entry.sequence), record("kept", next)]).await.unwrap();
        tx.commit().await.unwrap();
        append(&fixture, 21).await;
        while compact(&fixture, WIDE).await > 0 {}
        let known = async |id| fixture.store.idempotency_record(fixture.customer, &request_id(id)).await.unwrap();
        assert!(known("gone").await.is_none());
        assert!(known("kept").await.is_some());
    }

    async fn journals_that_begin_long_ago_are_found_in_order(fixture: Fixture) {
        populate(&fixture).await;
        let other = fixture.another_customer("other").await;
        append(&fixture, 20).await;
        let old = async |until, after| fixture.store.old_journals(at(until), after, ALL).await.unwrap();
        let both = [(at(0), fixture.customer), (at(0), other)];
        assert_eq!(old(0, None).await, both);
        assert_eq!(old(0, Some(both[0])).await, both[1..]);
        assert_eq!(old(-1, None).await, []);
        while compact(&fixture, WIDE).await > 0 {}
        assert_eq!(old(19, None).await, both[1..]);
        assert_eq!(old(20, None).await, [both[1], (at(20), fixture.customer)]);
    }

    async fn a_step_rolled_back_removes_nothing(fixture: Fixture) {
        populate(&fixture).await;
        let before = (span(&fixture).await, fixture.journal().await);
        let mut tx = fixture.lock().await;
        assert!(tx.compact_journal(WIDE).await.unwrap() > 0);
        drop(tx);
        assert_eq!((span(&fixture).await, fixture.journal().await), before);
        assert_eq!(checkpoint(&fixture).await, (None, Vec::new()));
    }

    async fn a_customer_with_a_base_is_deleted_whole(fixture: Fixture) {
        let users = populate(&fixture).await;
        for (user, id) in users.into_iter().zip(["ann", "bob", "eve"]) {
            let mut tx = fixture.lock().await;
            let gone = changes(vec![(member(user, id), vec![revoked(SUITE)])]);
            tx.record_licenses(at(20), &principal(), gone).await.unwrap();
            tx.delete_user(user).await.unwrap();
            tx.commit().await.unwrap();
        }
        while compact(&fixture, CompactionStep { entries_max: 3, ..WIDE }).await > 0 {}
        let mut tx = fixture.lock().await;
        tx.delete_customer().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.store.journal_span(fixture.customer).await.unwrap(), None);
    }
}

/// Three users who hold one product each, and a purchase.
async fn populate(fixture: &Fixture) -> [UserKey; 3] {
    let users = fixture.add_users(&["ann", "bob", "eve"]).await;
    fixture.entitle(&[SUITE, LITE, ADDON]).await;
    let mut tx = fixture.lock().await;
    for (id, seats) in [("lite", 9), ("none", 3), ("none", 0), ("lite", 5)] {
        let effect = Effect::PurchaseChanged {
            product: LITE,
            purchase: purchase(id, seats),
        };
        tx.append(at(5), &Principal::new("bob"), effect)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let named = users.iter().copied().zip(["ann", "bob", "eve"]);
    fixture.assign(&named.collect::<Vec<_>>(), SUITE).await;
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
    fixture: &Fixture,
    time: i64,
    user: UserKey,
    decided: Vec<seatkeeper_domain::ProductDecision>,
) -> JournalSequence {
    let changes = changes(vec![(member(user, "somebody"), decided)]);
    let mut tx = fixture.lock().await;
    let entry = tx
        .record_licenses(at(time), &principal(), changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    entry.sequence
}

async fn append(fixture: &Fixture, time: i64) -> JournalSequence {
    let mut tx = fixture.lock().await;
    let effect = Effect::UsersChanged { users: Vec::new() };
    let entry = tx.append(at(time), &principal(), effect).await.unwrap();
    tx.commit().await.unwrap();
    entry.sequence
}

async fn compact(fixture: &Fixture, step: CompactionStep) -> usize {
    let mut tx = fixture.lock().await;
    let count = tx.compact_journal(step).await.unwrap();
    tx.commit().await.unwrap();
    count
}

async fn span(fixture: &Fixture) -> JournalSpan {
    let span = fixture.store.journal_span(fixture.customer).await.unwrap();
    span.unwrap()
}

async fn checkpoint(fixture: &Fixture) -> (Option<JournalCheckpoint>, Vec<CheckpointLicense>) {
    let mut snapshot = fixture
        .store
        .snapshot(fixture.customer)
        .await
        .unwrap()
        .unwrap();
    let checkpoint = snapshot.journal_checkpoint().await.unwrap();
    (
        checkpoint,
        snapshot.checkpoint_licenses(None, ALL).await.unwrap(),
    )
}
