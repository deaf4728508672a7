//! Changes that contradict what is stored are refused, and nothing of them stays.

use seatkeeper_domain::{Member, ProductDecision, UserKey};
use seatkeeper_store::LicenseRecord;

use crate::decisions::{assigned, changes, revoked, updated};
use crate::observed::Observed;
use crate::stores::on_every_store;
use crate::world::{ADDON, LITE, SUITE, World, actor, assert_corrupt, at, member};

on_every_store! {
    async fn a_license_that_is_held_is_not_assigned_again(world: World) {
        let to_bob = (bob(), vec![assigned(LITE, &[])]);
        refuses(&world, vec![to_bob, (ann(), vec![assigned(SUITE, &[])])]).await;
    }

    async fn a_license_that_is_not_held_is_not_updated(world: World) {
        let update = || vec![updated(SUITE, &[], &[1])];
        refuses(&world, vec![(ann(), update()), (bob(), update())]).await;
    }

    async fn a_license_that_is_not_held_is_not_revoked(world: World) {
        refuses(&world, vec![(ann(), vec![revoked(SUITE)]), (bob(), vec![revoked(SUITE)])]).await;
    }

    async fn a_product_without_an_entitlement_is_not_assigned(world: World) {
        refuses(&world, vec![(bob(), vec![assigned(SUITE, &[]), assigned(ADDON, &[])])]).await;
    }

    async fn a_stranger_gets_no_license(world: World) {
        let stranger = Member { user: None, ..bob() };
        refuses(&world, vec![(stranger, vec![assigned(SUITE, &[])])]).await;
    }

    async fn a_stranger_loses_no_license(world: World) {
        let stranger = Member { user: None, ..bob() };
        refuses(&world, vec![(stranger, vec![revoked(SUITE)])]).await;
    }

    async fn an_assignment_that_does_not_say_its_plans_is_refused(world: World) {
        let silent = ProductDecision { after: None, ..assigned(SUITE, &[]) };
        refuses(&world, vec![(bob(), vec![silent])]).await;
    }

    async fn one_record_does_not_assign_the_same_twice(world: World) {
        let to_bob = (bob(), vec![assigned(SUITE, &[])]);
        refuses(&world, vec![to_bob.clone(), to_bob]).await;
    }

    async fn two_records_together_are_not_for_the_same_user(world: World) {
        world.add_users(&["ann", "bob"]).await;
        world.entitle(&[SUITE, LITE]).await;
        let before = Observed::of(&*world.store, world.customer).await;
        let record = |member, product| LicenseRecord {
            actor: actor(),
            changes: changes(vec![(member, vec![assigned(product, &[])])]),
        };
        let records = vec![record(ann(), SUITE), record(bob(), SUITE), record(ann(), LITE)];
        let mut tx = world.lock().await;
        assert_corrupt(tx.record_all_licenses(at(30), records).await);
        drop(tx);
        assert_eq!(Observed::of(&*world.store, world.customer).await, before);
    }
}

/// Ann holds a license and Bob none; the record is refused and leaves everything as it was.
async fn refuses(world: &World, decided: Vec<(Member, Vec<ProductDecision>)>) {
    world.add_users(&["ann", "bob"]).await;
    world.entitle(&[SUITE, LITE]).await;
    world.assign(&[(UserKey(1), "ann")], SUITE).await;
    let before = Observed::of(&*world.store, world.customer).await;
    let mut tx = world.lock().await;
    let refused = tx.record_licenses(at(30), &actor(), changes(decided)).await;
    assert_corrupt(refused);
    drop(tx);
    assert_eq!(Observed::of(&*world.store, world.customer).await, before);
    world.assign(&[(UserKey(2), "bob")], SUITE).await;
    assert_eq!(world.journal().await.last().unwrap().sequence.0, 3);
}

fn ann() -> Member {
    member(UserKey(1), "ann")
}

fn bob() -> Member {
    member(UserKey(2), "bob")
}
