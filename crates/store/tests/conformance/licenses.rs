use seatkeeper_domain::{
    Effect, Entitlement, HeldLicense, JournalEntry, JournalSequence, License, Principal, UserKey,
};
use seatkeeper_store::{CustomerTx, LicenseRecord, LicenseVersion};

use crate::decisions::{assigned, changes, failed, plans, revoked, unchanged, updated};
use crate::fixture::{ADDON, Fixture, LITE, SUITE, at, member, new_user, principal, user_id};
use crate::stores::on_every_store;

on_every_store! {
    async fn one_record_writes_licenses_counters_and_the_entry(fixture: Fixture) {
        prepare(&fixture).await;
        let recorded = changes(vec![
            (member(UserKey(1), "ann"), vec![assigned(SUITE, &[3, 64]), assigned(LITE, &[])]),
            (member(UserKey(2), "bob"), vec![assigned(SUITE, &[]), failed(LITE)]),
        ]);
        let mut tx = fixture.lock().await;
        let entry = tx.record_licenses(at(20), &principal(), recorded.clone()).await.unwrap();
        tx.commit().await.unwrap();
        let expected = JournalEntry {
            sequence: JournalSequence(2),
            time: at(20),
            principal: principal(),
            effect: Effect::LicensesChanged(recorded),
        };
        assert_eq!(entry, expected);
        assert_eq!(fixture.journal().await[1..], [expected]);
        let license = |user, id, product, disabled: &[u32]| License {
            user: UserKey(user),
            user_id: user_id(id),
            held: HeldLicense { product, disabled_plans: plans(disabled) },
            assign_time: at(20),
            changed_by: JournalSequence(2),
        };
        let expected = [
            license(1, "ann", SUITE, &[3, 64]),
            license(1, "ann", LITE, &[]),
            license(2, "bob", SUITE, &[]),
        ];
        assert_eq!(fixture.licenses().await, expected);
        assert_eq!(assigned_seats(&fixture).await, [2, 1, 0]);
    }

    async fn an_update_keeps_the_time_of_assignment(fixture: Fixture) {
        prepare(&fixture).await;
        fixture.assign(&[(UserKey(1), "ann"), (UserKey(2), "bob")], SUITE).await;
        let update = vec![(member(UserKey(1), "ann"), vec![updated(SUITE, &[], &[9])])];
        record(&fixture, update).await;
        let licenses = fixture.licenses().await;
        let actual = licenses.iter().map(|license| {
            (license.held.disabled_plans.clone(), license.assign_time, license.changed_by.0)
        });
        let expected = [(plans(&[9]), at(10), 3), (plans(&[]), at(10), 2)];
        assert_eq!(actual.collect::<Vec<_>>(), expected);
        assert_eq!(assigned_seats(&fixture).await, [2, 0, 0]);
    }

    async fn license_versions_name_the_entry_of_the_last_change(fixture: Fixture) {
        prepare(&fixture).await;
        fixture.assign(&[(UserKey(1), "ann"), (UserKey(2), "bob")], SUITE).await;
        fixture.assign(&[(UserKey(2), "bob")], LITE).await;
        record(&fixture, vec![(member(UserKey(1), "ann"), vec![updated(SUITE, &[], &[9])])]).await;
        let mut tx = fixture.lock().await;
        let versions = tx.license_versions(&[UserKey(2), UserKey(1), UserKey(90)]).await.unwrap();
        let version = |user, product, entry| LicenseVersion {
            user: UserKey(user),
            product,
            changed_by: JournalSequence(entry),
        };
        assert_eq!(versions, [version(1, SUITE, 4), version(2, SUITE, 2), version(2, LITE, 3)]);
        let versions = tx.license_versions(&[UserKey(2)]).await.unwrap();
        assert_eq!(versions, [version(2, SUITE, 2), version(2, LITE, 3)]);
        assert_eq!(tx.license_versions(&[]).await.unwrap(), []);
    }

    async fn a_revocation_frees_the_seat(fixture: Fixture) {
        prepare(&fixture).await;
        fixture.assign(&[(UserKey(1), "ann"), (UserKey(2), "bob")], SUITE).await;
        record(&fixture, vec![(member(UserKey(1), "ann"), vec![revoked(SUITE)])]).await;
        let holders: Vec<_> = fixture.licenses().await.iter().map(|license| license.user).collect();
        assert_eq!(holders, [UserKey(2)]);
        assert_eq!(assigned_seats(&fixture).await, [1, 0, 0]);
    }

    async fn a_swap_moves_the_seat(fixture: Fixture) {
        prepare(&fixture).await;
        fixture.assign(&[(UserKey(1), "ann")], SUITE).await;
        let swap = vec![(member(UserKey(1), "ann"), vec![assigned(LITE, &[]), revoked(SUITE)])];
        record(&fixture, swap).await;
        let held: Vec<_> = fixture.licenses().await.iter().map(|held| held.held.product).collect();
        assert_eq!(held, [LITE]);
        assert_eq!(assigned_seats(&fixture).await, [0, 1, 0]);
    }

    async fn a_seat_freed_by_one_user_is_taken_by_another_in_the_same_record(fixture: Fixture) {
        prepare(&fixture).await;
        fixture.assign(&[(UserKey(1), "ann")], SUITE).await;
        let decided = vec![
            (member(UserKey(1), "ann"), vec![revoked(SUITE)]),
            (member(UserKey(2), "bob"), vec![assigned(SUITE, &[])]),
        ];
        record(&fixture, decided).await;
        assert_eq!(assigned_seats(&fixture).await, [1, 0, 0]);
        assert_eq!(fixture.licenses().await[0].user, UserKey(2));
    }

    async fn unchanged_and_failed_write_an_entry_and_nothing_else(fixture: Fixture) {
        prepare(&fixture).await;
        fixture.assign(&[(UserKey(1), "ann")], SUITE).await;
        let before = fixture.licenses().await;
        let stranger = seatkeeper_domain::Member {
            user: None,
            ..member(UserKey(1), "nobody")
        };
        let decided = vec![
            (member(UserKey(1), "ann"), vec![unchanged(SUITE), failed(LITE)]),
            (stranger, vec![failed(SUITE)]),
        ];
        record(&fixture, decided).await;
        assert_eq!(fixture.licenses().await, before);
        assert_eq!(assigned_seats(&fixture).await, [1, 0, 0]);
        assert_eq!(fixture.journal().await.len(), 3);
    }

    async fn an_empty_record_writes_an_entry(fixture: Fixture) {
        record(&fixture, Vec::new()).await;
        assert!(fixture.licenses().await.is_empty());
        assert_eq!(fixture.journal().await.len(), 2);
    }

    async fn a_transaction_reads_the_licenses_it_wrote(fixture: Fixture) {
        prepare(&fixture).await;
        let mut tx = fixture.lock().await;
        let decided = vec![(member(UserKey(1), "ann"), vec![assigned(SUITE, &[])])];
        tx.record_licenses(at(20), &principal(), changes(decided)).await.unwrap();
        let inside = tx.licenses(&crate::fixture::every_license()).await.unwrap();
        assert_eq!(inside.len(), 1);
        assert_eq!(tx.entitlements(&[SUITE]).await.unwrap()[0].assigned, 1);
        assert!(fixture.licenses().await.is_empty());
        assert_eq!(fixture.entitlement(SUITE).await.assigned, 0);
    }

    async fn records_together_are_as_if_written_one_after_the_other(fixture: Fixture) {
        fixture.add_users(&["ann", "bob", "cid", "dan", "eve"]).await;
        fixture.entitle(&[SUITE, LITE, ADDON]).await;
        fixture.assign(&[(UserKey(2), "bob"), (UserKey(3), "cid")], SUITE).await;
        fixture.assign(&[(UserKey(4), "dan")], LITE).await;
        let records = || {
            let decided = vec![
                ("one", 1, "ann", vec![assigned(SUITE, &[3]), assigned(LITE, &[])]),
                ("two", 2, "bob", vec![updated(SUITE, &[], &[9])]),
                ("one", 3, "cid", vec![assigned(LITE, &[]), revoked(SUITE)]),
                ("three", 4, "dan", vec![revoked(LITE)]),
                ("one", 5, "eve", vec![assigned(SUITE, &[3]), failed(LITE)]),
            ];
            decided.into_iter().map(|(principal, user, name, products)| LicenseRecord {
                principal: Principal::new(principal),
                changes: changes(vec![(member(UserKey(user), name), products)]),
            })
        };
        let mut tx = fixture.lock().await;
        let mut one_by_one = Vec::new();
        for LicenseRecord { principal, changes } in records() {
            one_by_one.push(tx.record_licenses(at(20), &principal, changes).await.unwrap());
        }
        let expected = seen(&mut *tx).await;
        drop(tx);
        let mut tx = fixture.lock().await;
        let together = tx.record_all_licenses(at(20), records().collect()).await.unwrap();
        assert_eq!(together, one_by_one);
        assert_eq!(seen(&mut *tx).await, expected);
        tx.commit().await.unwrap();
        assert_eq!(fixture.journal().await[3..], together);
        let holders = fixture.store.holders(fixture.customer, SUITE).await.unwrap();
        assert_eq!(holders, [1, 2, 5].map(UserKey).into_iter().collect());
        let holders = fixture.store.holders(fixture.customer, LITE).await.unwrap();
        assert_eq!(holders, [1, 3].map(UserKey).into_iter().collect());
    }

    async fn no_record_writes_nothing(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        assert_eq!(tx.record_all_licenses(at(20), Vec::new()).await.unwrap(), []);
        tx.commit().await.unwrap();
        assert_eq!(fixture.journal().await.len(), 1);
    }

    async fn many_records_together_are_written_at_once(fixture: Fixture) {
        const COUNT: i64 = 1_200;
        let names: Vec<String> = (1..=COUNT).map(|number| format!("u{number}")).collect();
        fixture.add(names.iter().map(|name| new_user(name)).collect()).await;
        fixture.entitle(&[SUITE]).await;
        let records = (1..=COUNT).rev().zip(names.iter().rev()).map(|(key, name)| {
            let decided = vec![assigned(SUITE, &[u32::try_from(key % 7).unwrap()])];
            LicenseRecord {
                principal: principal(),
                changes: changes(vec![(member(UserKey(key), name), decided)]),
            }
        });
        let mut tx = fixture.lock().await;
        let entries = tx.record_all_licenses(at(20), records.collect()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.journal().await[1..], entries);
        for (license, key) in fixture.licenses().await.iter().zip(1..) {
            assert_eq!((license.user, license.changed_by), (UserKey(key), JournalSequence(COUNT + 2 - key)));
        }
        assert_eq!(assigned_seats(&fixture).await, [COUNT]);
    }

    async fn many_users_with_plans_of_their_own_are_written_at_once(fixture: Fixture) {
        const COUNT: i64 = 3_000;
        let names: Vec<String> = (1..=COUNT).map(|number| format!("u{number}")).collect();
        fixture.add(names.iter().map(|name| new_user(name)).collect()).await;
        fixture.entitle(&[SUITE, LITE]).await;
        let plan = |key: i64, offset| u32::try_from((key + offset) % 500).unwrap();
        let numbered = || (1..=COUNT).rev().zip(names.iter().rev());
        let decided = numbered().map(|(key, name)| {
            let products = vec![assigned(SUITE, &[plan(key, 0)]), assigned(LITE, &[])];
            (member(UserKey(key), name), products)
        });
        record(&fixture, decided.collect()).await;
        let decided = numbered().map(|(key, name)| {
            let update = updated(SUITE, &[plan(key, 0)], &[plan(key, 1), 600]);
            (member(UserKey(key), name), vec![update, revoked(LITE)])
        });
        record(&fixture, decided.collect()).await;
        let licenses = fixture.licenses().await;
        assert_eq!(licenses.len(), 3_000);
        for (license, key) in licenses.iter().zip(1..) {
            assert_eq!((license.user, license.held.product), (UserKey(key), SUITE));
            assert_eq!(license.held.disabled_plans, plans(&[plan(key, 1), 600]));
            assert_eq!((license.assign_time, license.changed_by), (at(20), JournalSequence(3)));
        }
        let seats = fixture.store.entitlements(fixture.customer, None).await.unwrap();
        assert_eq!(seats.iter().map(|seats| seats.assigned).collect::<Vec<_>>(), [COUNT, 0]);
    }
}

async fn prepare(fixture: &Fixture) {
    fixture.add_users(&["ann", "bob"]).await;
    fixture.entitle(&[SUITE, LITE, ADDON]).await;
}

async fn record(
    fixture: &Fixture,
    decided: Vec<(
        seatkeeper_domain::Member,
        Vec<seatkeeper_domain::ProductDecision>,
    )>,
) {
    let mut tx = fixture.lock().await;
    let changes = changes(decided);
    tx.record_licenses(at(20), &principal(), changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// The licenses and entitlements that a transaction reads.
async fn seen(tx: &mut dyn CustomerTx) -> (Vec<License>, Vec<Entitlement>) {
    let licenses = tx.licenses(&crate::fixture::every_license()).await.unwrap();
    let entitlements = tx.entitlements(&[SUITE, LITE, ADDON]).await.unwrap();
    (licenses, entitlements)
}

async fn assigned_seats(fixture: &Fixture) -> Vec<i64> {
    let all = fixture
        .store
        .entitlements(fixture.customer, None)
        .await
        .unwrap();
    all.iter().map(|entitlement| entitlement.assigned).collect()
}
