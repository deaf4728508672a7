//! A change that contradicts the stored state is rejected and leaves no trace.

use seatkeeper_domain::{Member, ProductDecision, UserKey};
use seatkeeper_store::LicenseRecord;

use crate::decisions::{assigned, changes, revoked, updated};
use crate::fixture::{ADDON, Fixture, LITE, SUITE, assert_corrupt, at, member, principal};
use crate::observed::Observed;
use crate::stores::on_every_store;

on_every_store! {
    async fn a_license_that_is_held_is_not_assigned_again(fixture: Fixture) {
        let to_bob = (bob(), vec![assigned(LITE, &[])]);
        refuses(&fixture, vec![to_bob, (ann(), vec![assigned(SUITE, &[])])]).await;
    }

    async fn a_license_that_is_not_held_is_not_updated(fixture: Fixture) {
        let update = || vec![updated(SUITE, &[], &[1])];
        refuses(&fixture, vec![(ann(), update()), (bob(), update())]).await;
    }

    async fn a_license_that_is_not_held_is_not_revoked(fixture: Fixture) {
        refuses(&fixture, vec![(ann(), vec![revoked(SUITE)]), (bob(), vec![revoked(SUITE)])]).await;
    }

    async fn a_product_without_an_entitlement_is_not_assigned(fixture: Fixture) {
        refuses(&fixture, vec![(bob(), vec![assigned(SUITE, &[]), assigned(ADDON, &[])])]).await;
    }

    async fn a_stranger_gets_no_license(fixture: Fixture) {
        let stranger = Member { user: None, ..bob() };
        refuses(&fixture, vec![(stranger, vec![assigned(SUITE, &[])])]).await;
    }

    async fn a_stranger_loses_no_license(fixture: Fixture) {
        let stranger = Member { user: None, ..bob() };
        refuses(&fixture, vec![(stranger, vec![revoked(SUITE)])]).await;
    }

    async fn an_assignment_that_does_not_say_its_plans_is_refused(fixture: Fixture) {
        let silent = ProductDecision { after: None, ..assigned(SUITE, &[]) };
        refuses(&fixture, vec![(bob(), vec![silent])]).await;
    }

    async fn one_record_does_not_assign_the_same_twice(fixture: Fixture) {
        let to_bob = (bob(), vec![assigned(SUITE, &[])]);
        refuses(&fixture, vec![to_bob.clone(), to_bob]).await;
    }

    async fn two_records_together_are_not_for_the_same_user(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        fixture.entitle(&[SUITE, LITE]).await;
        let before = Observed::of(&*fixture.store, fixture.customer).await;
        let record = |member, product| LicenseRecord {
            principal: principal(),
            changes: changes(vec![(member, vec![assigned(product, &[])])]),
        };
        let records = vec![record(ann(), SUITE), record(bob(), SUITE), record(ann(), LITE)];
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.record_all_licenses(at(30), records).await);
        drop(tx);
        assert_eq!(Observed::of(&*fixture.store, fixture.customer).await, before);
    }
}

/// Ann holds a license and Bob none. The record is rejected and changes nothing.
async fn refuses(fixture: &Fixture, decided: Vec<(Member, Vec<ProductDecision>)>) {
    fixture.add_users(&["ann", "bob"]).await;
    fixture.entitle(&[SUITE, LITE]).await;
    fixture.assign(&[(UserKey(1), "ann")], SUITE).await;
    let before = Observed::of(&*fixture.store, fixture.customer).await;
    let mut tx = fixture.lock().await;
    let refused = tx
        .record_licenses(at(30), &principal(), changes(decided))
        .await;
    assert_corrupt(refused);
    drop(tx);
    assert_eq!(
        Observed::of(&*fixture.store, fixture.customer).await,
        before
    );
    fixture.assign(&[(UserKey(2), "bob")], SUITE).await;
    assert_eq!(fixture.journal().await.last().unwrap().sequence.0, 3);
}

fn ann() -> Member {
    member(UserKey(1), "ann")
}

fn bob() -> Member {
    member(UserKey(2), "bob")
}
