use seatkeeper_domain::{
    BatchKey, BatchSpan, BatchState, CatalogVersion, CustomerKey, Effect, HeldLicense,
    JournalEntry, JournalSequence, Member, PlanKey, Principal, ProductDecision, Purchase,
    PurchaseId, UsageLocation, UserKey, Violation, Warning,
};
use seatkeeper_store::{CustomerTx, JournalSpan};

use crate::decisions::{assigned, changes, failed, plans};
use crate::fixture::{
    ADDON, ALL, Fixture, LITE, SUITE, at, member, new_batch, new_user, principal, user_id,
};
use crate::stores::on_every_store;

on_every_store! {
    async fn every_kind_of_entry_reads_back(fixture: Fixture) {
        let customer = fixture.row().await;
        let purchase = |seats, end_time| Purchase {
            id: PurchaseId::parse("p").unwrap(),
            seats,
            start_time: at(-1),
            end_time,
        };
        let user = |id, key| new_user(id).into_user(UserKey(key));
        let users = vec![user("ann", 1), user("bob", 2)];
        let effects = [
            Effect::CustomerChanged(customer),
            Effect::PurchaseChanged { product: ADDON, purchase: purchase(0, None) },
            Effect::PurchaseChanged { product: SUITE, purchase: purchase(7, Some(at(9))) },
            Effect::BatchAccepted { batch: BatchKey(4) },
            Effect::BatchCancelled { batch: BatchKey(4) },
            Effect::BatchEnded { batch: BatchKey(4), state: BatchState::Succeeded },
            Effect::BatchEnded { batch: BatchKey(5), state: BatchState::Cancelled },
            Effect::UsersChanged { users },
            Effect::UsersChanged { users: Vec::new() },
            Effect::UserDeleted { user: user_id("ann") },
        ];
        let mut tx = fixture.lock().await;
        for (effect, sequence_number) in effects.iter().zip(2..) {
            let principal = Principal::new(format!("principal «{sequence_number}»"));
            let entry = tx.append(at(sequence_number), &principal, effect.clone()).await.unwrap();
            let sequence = JournalSequence(sequence_number);
            let effect = effect.clone();
            let expected = JournalEntry { sequence, time: at(sequence_number), principal, effect };
            assert_eq!(entry, expected);
            assert_eq!(tx.entry(sequence).await.unwrap(), Some(expected));
        }
        tx.commit().await.unwrap();
        let stored = fixture.journal().await;
        let stored: Vec<_> = stored.into_iter().skip(1).map(|entry| entry.effect).collect();
        assert_eq!(stored, effects);
    }

    async fn every_kind_of_decision_reads_back(fixture: Fixture) {
        prepare(&fixture).await;
        let decided = every_decision();
        let mut recorded = changes(vec![(member(UserKey(1), "a"), decided.clone())]);
        recorded.members[0].request_index = Some(12);
        recorded.catalog_version = CatalogVersion(900);
        recorded.plan.decisions[0].held_after = Some(vec![
            HeldLicense { product: SUITE, disabled_plans: plans(&[2]) },
            HeldLicense { product: ADDON, disabled_plans: plans(&[]) },
        ]);
        let mut tx = fixture.lock().await;
        tx.record_licenses(at(4), &principal(), recorded.clone()).await.unwrap();
        tx.commit().await.unwrap();
        let effect = fixture.journal().await.pop().unwrap().effect;
        assert_eq!(effect, Effect::LicensesChanged(recorded));
    }

    async fn there_is_no_entry_outside_the_journal(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        for sequence in [-1, 0, 2] {
            assert_eq!(tx.entry(JournalSequence(sequence)).await.unwrap(), None);
        }
        assert!(tx.entry(JournalSequence(1)).await.unwrap().is_some());
    }

    async fn entries_are_found_at_once_in_the_order_asked_for(fixture: Fixture) {
        append(&fixture, 9).await;
        let journal = fixture.journal().await;
        let sequences = [7, 99, 1, 7, 0, 10].map(JournalSequence);
        let mut tx = fixture.lock().await;
        let expected = |sequence_number: usize| Some(journal[sequence_number - 1].clone());
        let found = tx.entries(&sequences).await.unwrap();
        assert_eq!(found, [expected(7), None, expected(1), expected(7), None, expected(10)]);
        assert_eq!(tx.entries(&[]).await.unwrap(), []);
    }

    async fn pages_of_the_journal_walk_it_without_gaps(fixture: Fixture) {
        append(&fixture, 9).await;
        for limit in [1, 3, 10, ALL] {
            let mut walked = Vec::new();
            loop {
                let after = JournalSequence(walked.last().copied().unwrap_or(0));
                let page = fixture.store.journal(fixture.customer, after, limit).await.unwrap();
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                walked.extend(page.iter().map(|entry| entry.sequence.0));
            }
            assert_eq!(walked, (1..=10).collect::<Vec<_>>());
        }
    }

    async fn rolled_back_entries_leave_no_gap(fixture: Fixture) {
        for round in 0..4 {
            let mut tx = fixture.lock().await;
            append_to(&mut *tx, 3).await;
            if round % 2 == 0 {
                drop(tx);
            } else {
                tx.commit().await.unwrap();
            }
        }
        let sequences = fixture.journal().await.into_iter().map(|entry| entry.sequence.0);
        assert_eq!(sequences.collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    }

    async fn writers_at_once_leave_no_gap(fixture: Fixture) {
        let writers = (0..12).map(|number| {
            let store = fixture.store.clone();
            let customer = fixture.customer;
            tokio::spawn(async move {
                let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
                append_to(&mut *tx, number % 3 + 1).await;
                if number % 4 == 0 {
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let committed = (0..12).filter(|number| number % 4 != 0).map(|number| number % 3 + 1);
        let expected: Vec<i64> = (1..=1 + committed.sum::<i64>()).collect();
        let sequences = fixture.journal().await.into_iter().map(|entry| entry.sequence.0);
        assert_eq!(sequences.collect::<Vec<_>>(), expected);
    }

    async fn a_batch_has_its_own_entries_in_order(fixture: Fixture) {
        let [first, second] = two_batches_interleaved(&fixture).await;
        assert_eq!(spans(&fixture, first, 0, ALL).await, [(1, 3), (4, 5), (6, 6)]);
        assert_eq!(spans(&fixture, second, 0, ALL).await, [(1, 2), (3, 3)]);
        assert_eq!(spans(&fixture, BatchKey(77), 0, ALL).await, []);
    }

    async fn entries_of_a_batch_start_with_the_one_that_holds_the_next_result(fixture: Fixture) {
        let [first, _] = two_batches_interleaved(&fixture).await;
        let all = [(1, 3), (4, 5), (6, 6)];
        for (after, skipped) in [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 3), (7, 3)] {
            assert_eq!(spans(&fixture, first, after, ALL).await, all[skipped..], "after {after}");
        }
        assert_eq!(spans(&fixture, first, 1, 1).await, [(1, 3)]);
        assert_eq!(spans(&fixture, first, 3, 2).await, [(4, 5), (6, 6)]);
    }

    async fn a_transaction_reads_the_entries_of_a_batch_too(fixture: Fixture) {
        let [first, _] = two_batches_interleaved(&fixture).await;
        let mut tx = fixture.lock().await;
        let entries = tx.batch_entries(first, 3, 1).await.unwrap();
        let changes = entries[0].effect.license_changes().unwrap();
        assert_eq!((entries.len(), changes.first_result(), changes.last_result()), (1, 4, 5));
    }

    async fn batches_are_named_by_their_keys(fixture: Fixture) {
        let [first, second] = two_batches_interleaved(&fixture).await;
        let keys = [second, BatchKey(77), first];
        let ids = fixture.store.batch_ids(fixture.customer, &keys).await.unwrap();
        let mut expected = Vec::new();
        for key in [first, second] {
            let batch = fixture.store.batch(fixture.customer, key).await.unwrap().unwrap();
            expected.push((key, batch.id));
        }
        assert_eq!(ids, expected);
        assert_eq!(fixture.store.batch_ids(fixture.customer, &[]).await.unwrap(), []);
    }

    async fn the_last_sequence_of_a_journal_is_returned(fixture: Fixture) {
        append(&fixture, 2).await;
        let last = fixture.journal().await.last().unwrap().sequence;
        let span = fixture.store.journal_span(fixture.customer).await.unwrap();
        assert_eq!(span, Some(JournalSpan { checkpoint: JournalSequence(0), last }));
        let nobody = CustomerKey(fixture.customer.0 + 1);
        assert_eq!(fixture.store.journal_span(nobody).await.unwrap(), None);
    }

    async fn entries_too_large_to_be_read_at_once_are_read_one_after_the_other(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        for round in 0..3 {
            let users = (0..8_000).map(|number| {
                let digits = u128::from(number_without_pattern(round * 8_000 + number));
                let id = format!("{digits:016x}-{:016x}", number_without_pattern(number));
                new_user(&id).into_user(UserKey(1))
            });
            let effect = Effect::UsersChanged { users: users.collect() };
            tx.append(at(1), &principal(), effect).await.unwrap();
        }
        tx.commit().await.unwrap();
        let (mut after, mut read) = (JournalSequence(0), Vec::new());
        loop {
            let entries = fixture.store.journal(fixture.customer, after, ALL).await.unwrap();
            let Some(last) = entries.last() else { break };
            after = last.sequence;
            read.extend(entries.iter().map(|entry| entry.sequence.0));
        }
        assert_eq!(read, [1, 2, 3, 4]);
    }

    async fn the_entries_of_a_deleted_batch_stay(fixture: Fixture) {
        let [first, _] = two_batches_interleaved(&fixture).await;
        let mut tx = fixture.lock().await;
        tx.delete_batch(first).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(spans(&fixture, first, 0, ALL).await.len(), 3);
    }
}

/// A number that does not compress well.
fn number_without_pattern(number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

async fn append(fixture: &Fixture, count: i64) {
    let mut tx = fixture.lock().await;
    append_to(&mut *tx, count).await;
    tx.commit().await.unwrap();
}

async fn append_to(tx: &mut dyn CustomerTx, count: i64) {
    for number in 0..count {
        let effect = Effect::BatchAccepted {
            batch: BatchKey(number),
        };
        tx.append(at(number), &principal(), effect).await.unwrap();
    }
}

async fn prepare(fixture: &Fixture) {
    fixture.add_users(&["a", "b", "c", "d", "e", "f"]).await;
    fixture.entitle(&[SUITE, LITE]).await;
}

/// An assignment with every warning, and a failure for every violation.
fn every_decision() -> Vec<ProductDecision> {
    let [plan, other_plan] = [3, 700].map(PlanKey);
    let location = UsageLocation::parse("IN").unwrap();
    let violations = [
        Violation::UserNotFound,
        Violation::UserBlocked,
        Violation::NotEntitled,
        Violation::EntitlementSuspended,
        Violation::NotAssignableToUser,
        Violation::UsageLocationMissing,
        Violation::ProhibitedInUsageLocation {
            location,
            plan: None,
        },
        Violation::ProhibitedInUsageLocation {
            location,
            plan: Some(plan),
        },
        Violation::MutuallyExclusive {
            group: 0,
            plan: None,
            other_product: LITE,
            other_plan: None,
        },
        Violation::MutuallyExclusive {
            group: 8,
            plan: Some(PlanKey(0)),
            other_product: SUITE,
            other_plan: Some(other_plan),
        },
        Violation::DependencyMissing {
            dependent_product: SUITE,
            plan,
        },
        Violation::SeatsExhausted { available: -4 },
        Violation::OtherChangeFailed { product: SUITE },
        Violation::OtherUserFailed,
        Violation::Cancelled,
        Violation::ChangedSince,
        Violation::ProductRetired,
    ];
    let warnings = vec![
        Warning::SeatInGrace,
        Warning::PlanLeftOff { plans: vec![plan] },
    ];
    let warned = ProductDecision {
        warnings,
        ..assigned(SUITE, &[2])
    };
    let failures = violations.into_iter().map(|violation| ProductDecision {
        violations: vec![violation],
        before: Some(plans(&[1])),
        after: Some(plans(&[1])),
        ..failed(ADDON)
    });
    std::iter::once(warned).chain(failures).collect()
}

/// Two batches with interleaved chunks: one with 3, 2 and 1 users, the other with 2 and 1.
async fn two_batches_interleaved(fixture: &Fixture) -> [BatchKey; 2] {
    prepare(fixture).await;
    let mut tx = fixture.lock().await;
    let first = tx.insert_batch(new_batch("first")).await.unwrap().key;
    let second = tx.insert_batch(new_batch("second")).await.unwrap().key;
    let effect = Effect::BatchAccepted { batch: first };
    tx.append(at(1), &principal(), effect).await.unwrap();
    tx.commit().await.unwrap();
    for (batch, first_result, count) in [
        (first, 1, 3),
        (second, 1, 2),
        (first, 4, 2),
        (first, 6, 1),
        (second, 3, 1),
    ] {
        let product = if batch == first { SUITE } else { LITE };
        let decided = ["a", "b", "c", "d", "e", "f"].into_iter().zip(1..);
        let decided = decided.skip(first_result - 1).take(count);
        let decided: Vec<(Member, Vec<ProductDecision>)> = decided
            .map(|(id, key)| {
                let products = vec![assigned(product, &[]), failed(ADDON)];
                (member(UserKey(key), id), products)
            })
            .collect();
        let mut recorded = changes(decided);
        recorded.span = Some(BatchSpan {
            batch,
            first_result: i64::try_from(first_result).unwrap(),
        });
        let mut tx = fixture.lock().await;
        tx.record_licenses(at(2), &principal(), recorded)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    // The entry of a single call belongs to no batch.
    fixture.assign(&[(UserKey(6), "f")], LITE).await;
    [first, second]
}

/// The first and the last result of each entry.
async fn spans(fixture: &Fixture, batch: BatchKey, after: i64, limit: usize) -> Vec<(i64, i64)> {
    let entries = fixture
        .store
        .batch_entries(fixture.customer, batch, after, limit);
    let span = |entry: JournalEntry| {
        let Effect::LicensesChanged(changes) = &entry.effect else {
            panic!("an entry without results: {entry:?}");
        };
        assert_eq!(changes.span.unwrap().batch, batch);
        (changes.first_result(), changes.last_result())
    };
    entries.await.unwrap().into_iter().map(span).collect()
}
