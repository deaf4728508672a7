use seatkeeper_domain::{PlanKey, ProductDecision, ProductKey, UserKey, UserSet};
use seatkeeper_store::{HolderCount, LicenseCounts};

use crate::decisions::{assigned, changes, revoked, updated};
use crate::fixture::{ADDON, Fixture, LITE, SUITE, at, entitlement, member, principal};
use crate::stores::on_every_store;

/// Users on both sides of the boundaries between blocks of holders.
const FAR: [i64; 4] = [1, 65_535, 65_536, 200_000];

on_every_store! {
    async fn holders_are_counted_among_those_asked_for(fixture: Fixture) {
        fixture.entitle(&[SUITE, LITE, ADDON]).await;
        record(&fixture, &[1, 2, 3, 4], assigned(SUITE, &[])).await;
        record(&fixture, &[4, 5], assigned(ADDON, &[])).await;
        let among = [3, 4, 9].map(UserKey).into_iter().collect();
        assert_eq!(counts(&fixture, Some(&among)).await, [count(SUITE, 2, &[]), count(ADDON, 1, &[])]);
        assert_eq!(counts(&fixture, None).await, [count(SUITE, 4, &[]), count(ADDON, 2, &[])]);
        assert_eq!(counts(&fixture, Some(&UserSet::new())).await, []);
    }

    async fn each_plan_that_is_off_is_counted(fixture: Fixture) {
        fixture.entitle(&[SUITE]).await;
        record(&fixture, &[1, 2], assigned(SUITE, &[3, 17])).await;
        record(&fixture, &[3], assigned(SUITE, &[17])).await;
        record(&fixture, &[4], assigned(SUITE, &[])).await;
        assert_eq!(counts(&fixture, None).await, [count(SUITE, 4, &[(3, 2), (17, 3)])]);
        let among = [2, 3, 4].map(UserKey).into_iter().collect();
        let among = counts(&fixture, Some(&among)).await;
        assert_eq!(among, [count(SUITE, 3, &[(3, 1), (17, 2)])]);
    }

    async fn plans_that_are_switched_on_again_are_counted_no_more(fixture: Fixture) {
        fixture.entitle(&[SUITE]).await;
        record(&fixture, &[1, 2, 3], assigned(SUITE, &[3, 17])).await;
        record(&fixture, &[2], updated(SUITE, &[3, 17], &[17, 20])).await;
        record(&fixture, &[3], updated(SUITE, &[3, 17], &[])).await;
        let expected = [count(SUITE, 3, &[(3, 1), (17, 2), (20, 1)])];
        assert_eq!(counts(&fixture, None).await, expected);
    }

    async fn a_user_who_loses_a_license_is_counted_nowhere(fixture: Fixture) {
        fixture.entitle(&[SUITE, LITE]).await;
        record(&fixture, &[1, 2], assigned(SUITE, &[3])).await;
        record(&fixture, &[1], revoked(SUITE)).await;
        assert_eq!(counts(&fixture, None).await, [count(SUITE, 1, &[(3, 1)])]);
        record(&fixture, &[2], revoked(SUITE)).await;
        assert_eq!(counts(&fixture, None).await, []);
        assert!(fixture.store.holders(fixture.customer, SUITE).await.unwrap().is_empty());
    }

    async fn holders_with_far_keys_are_counted_alike(fixture: Fixture) {
        fixture.entitle(&[SUITE]).await;
        record(&fixture, &FAR, assigned(SUITE, &[3])).await;
        record(&fixture, &[65_536], updated(SUITE, &[3], &[])).await;
        record(&fixture, &[200_000], revoked(SUITE)).await;
        assert_eq!(counts(&fixture, None).await, [count(SUITE, 3, &[(3, 2)])]);
        let holders = fixture.store.holders(fixture.customer, SUITE).await.unwrap();
        let expected = [1, 65_535, 65_536].map(UserKey);
        assert_eq!(holders.iter().collect::<Vec<_>>(), expected);
        let among = [65_536, 200_000].map(UserKey).into_iter().collect();
        assert_eq!(counts(&fixture, Some(&among)).await, [count(SUITE, 1, &[])]);
    }

    async fn only_products_asked_for_are_counted(fixture: Fixture) {
        fixture.entitle(&[SUITE, LITE]).await;
        record(&fixture, &[1], assigned(SUITE, &[])).await;
        record(&fixture, &[1, 2], assigned(LITE, &[])).await;
        let asked = [LITE, ADDON];
        let counted = fixture.store.count_licenses(fixture.customer, &asked, None).await.unwrap();
        let expected = entitlement(LITE, 100);
        assert_eq!(counted, LicenseCounts {
            customer_users: 0,
            entitlements: vec![seatkeeper_domain::Entitlement { assigned: 2, ..expected }],
            holders: vec![count(LITE, 2, &[])],
        });
    }

    async fn an_audit_is_shown_the_sets_one_after_the_other(fixture: Fixture) {
        fixture.entitle(&[SUITE, LITE]).await;
        record(&fixture, &FAR, assigned(SUITE, &[3])).await;
        record(&fixture, &[1], updated(SUITE, &[3], &[])).await;
        record(&fixture, &[1], assigned(LITE, &[])).await;
        let mut snapshot = fixture.store.snapshot(fixture.customer).await.unwrap().unwrap();
        let mut shown = Vec::new();
        let mut after = None;
        while let Some(row) = snapshot.holders(after, 1).await.unwrap().pop() {
            after = Some(row.key);
            let users: Vec<i64> = row.users.iter().map(|user| user.0).collect();
            let key = (row.key.product, row.key.plan_off.map(|plan| plan.0));
            shown.push((key, row.key.block.number(), users));
        }
        assert_eq!(shown, [
            ((SUITE, None), 0, vec![1, 65_535]),
            ((SUITE, None), 1, vec![65_536]),
            ((SUITE, None), 3, vec![200_000]),
            ((SUITE, Some(3)), 0, vec![65_535]),
            ((SUITE, Some(3)), 1, vec![65_536]),
            ((SUITE, Some(3)), 3, vec![200_000]),
            ((LITE, None), 0, vec![1]),
        ]);
    }

    async fn rolled_back_changes_are_not_counted(fixture: Fixture) {
        fixture.entitle(&[SUITE]).await;
        record(&fixture, &[1], assigned(SUITE, &[])).await;
        let mut tx = fixture.lock().await;
        let lost = changes(vec![(member(UserKey(2), "u2"), vec![assigned(SUITE, &[3])])]);
        tx.record_licenses(at(10), &principal(), lost).await.unwrap();
        drop(tx);
        assert_eq!(counts(&fixture, None).await, [count(SUITE, 1, &[])]);
    }
}

/// Writes the same decision for all of these users.
async fn record(fixture: &Fixture, users: &[i64], decision: ProductDecision) {
    let members = users.iter().map(|&key| {
        let member = member(UserKey(key), &format!("u{key}"));
        (member, vec![decision.clone()])
    });
    let mut tx = fixture.lock().await;
    let changes = changes(members.collect());
    tx.record_licenses(at(10), &principal(), changes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn counts(fixture: &Fixture, users: Option<&UserSet>) -> Vec<HolderCount> {
    let products = [SUITE, LITE, ADDON];
    let counts = fixture
        .store
        .count_licenses(fixture.customer, &products, users);
    counts.await.unwrap().holders
}

fn count(product: ProductKey, users: i64, plans_off: &[(u32, i64)]) -> HolderCount {
    let plans_off = plans_off
        .iter()
        .map(|&(plan, users)| (PlanKey(plan), users));
    HolderCount {
        product,
        users,
        plans_off: plans_off.collect(),
    }
}
