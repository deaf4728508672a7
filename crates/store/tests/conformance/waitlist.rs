use seatkeeper_domain::{ProductKey, UserKey, WaitlistEntry};
use seatkeeper_store::WaitlistQuery;

use crate::decisions::{assigned, changes, revoked, updated};
use crate::stores::on_every_store;
use crate::world::{
    ADDON, ALL, LITE, SUITE, World, actor, assert_corrupt, at, entitlement, everyone_waiting,
    joins, member, new_batch,
};

on_every_store! {
    async fn users_wait_in_the_order_they_came(world: World) {
        let users = waiting(&world, &[SUITE]).await;
        let entries = world.store.waitlist(world.customer, &everyone_waiting()).await.unwrap();
        assert_eq!(told(&entries), [("ann", SUITE, 1), ("bob", SUITE, 2), ("cy", SUITE, 3)]);
        assert_eq!(entries[0].user, users[0]);
        assert_eq!(entries[0].waiting, joins(&users, &[SUITE]).changes[0]);
        assert_eq!((entries[0].create_time, entries[0].update_time), (at(5), at(5)));
        assert_eq!((entries[0].revision, entries[0].place.priority()), (1, 0));
    }

    async fn an_entry_tells_the_batch_it_came_from(world: World) {
        let users = world.add_users(&["ann"]).await;
        world.entitle(&[SUITE]).await;
        let mut tx = world.lock().await;
        let batch = tx.insert_batch(new_batch("b1")).await.unwrap();
        let mut joining = joins(&users, &[SUITE]);
        joining.batch = Some(batch.key);
        tx.join_waitlist(at(5), &joining).await.unwrap();
        let entries = tx.waitlist(&everyone_waiting()).await.unwrap();
        assert_eq!(entries[0].batch, Some((batch.key, batch.id)));
    }

    async fn the_entitlement_counts_who_waits(world: World) {
        waiting(&world, &[SUITE, LITE]).await;
        assert_eq!(world.entitlement(SUITE).await.waitlisted, 3);
        assert_eq!(world.entitlement(LITE).await.waitlisted, 3);
        assert_eq!(world.entitlement(ADDON).await.waitlisted, 0);
        assert_eq!(world.store.count_waitlist(world.customer, None, None).await.unwrap(), 6);
        let user = Some(UserKey(2));
        assert_eq!(world.store.count_waitlist(world.customer, None, user).await.unwrap(), 2);
        let one = world.store.count_waitlist(world.customer, Some(LITE), user).await;
        assert_eq!(one.unwrap(), 1);
    }

    async fn saving_an_entitlement_leaves_its_queue(world: World) {
        waiting(&world, &[SUITE]).await;
        let mut tx = world.lock().await;
        tx.save_entitlement(&entitlement(SUITE, 7)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.entitlement(SUITE).await.waitlisted, 3);
    }

    async fn who_joins_again_keeps_the_place_and_what_waits_is_replaced(world: World) {
        let users = waiting(&world, &[SUITE]).await;
        let mut tx = world.lock().await;
        tx.join_waitlist(at(8), &joins(&users[..1], &[SUITE, LITE])).await.unwrap();
        tx.commit().await.unwrap();
        let entries = page(&world, Some(SUITE), None).await;
        assert_eq!(told(&entries), [("ann", SUITE, 1), ("bob", SUITE, 2), ("cy", SUITE, 3)]);
        assert_eq!(entries[0].waiting.seats, [SUITE, LITE]);
        assert_eq!((entries[0].create_time, entries[0].update_time), (at(5), at(8)));
        assert_eq!(entries[0].revision, 2);
        assert_eq!(world.entitlement(SUITE).await.waitlisted, 3);
        let lite = page(&world, Some(LITE), None).await;
        assert_eq!(lite[0].change_key, entries[0].change_key);
    }

    async fn nobody_waits_for_a_product_without_an_entitlement(world: World) {
        let users = world.add_users(&["ann"]).await;
        let mut tx = world.lock().await;
        assert_corrupt(tx.join_waitlist(at(5), &joins(&users, &[SUITE])).await);
    }

    async fn higher_priorities_come_first_and_arrival_decides_among_equals(world: World) {
        let users = waiting(&world, &[SUITE]).await;
        let mut tx = world.lock().await;
        tx.prioritize(at(8), SUITE, users[2], 5).await.unwrap();
        tx.prioritize(at(8), SUITE, users[1], 5).await.unwrap();
        tx.prioritize(at(8), SUITE, users[0], -1).await.unwrap();
        tx.commit().await.unwrap();
        let entries = page(&world, Some(SUITE), None).await;
        assert_eq!(told(&entries), [("bob", SUITE, 1), ("cy", SUITE, 2), ("ann", SUITE, 3)]);
        assert_eq!((entries[0].place.priority(), entries[0].revision), (5, 2));
        assert_eq!((entries[0].create_time, entries[0].update_time), (at(5), at(8)));
    }

    async fn who_does_not_wait_has_no_priority(world: World) {
        let users = waiting(&world, &[SUITE]).await;
        let mut tx = world.lock().await;
        assert_corrupt(tx.prioritize(at(8), LITE, users[0], 1).await);
    }

    async fn pages_follow_one_another(world: World) {
        waiting(&world, &[SUITE, LITE]).await;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = WaitlistQuery { after, limit: 2, ..WaitlistQuery::default() };
            let entries = world.store.waitlist(world.customer, &query).await.unwrap();
            let Some(last) = entries.last() else { break };
            after = Some((last.product, last.place));
            seen.extend(entries);
        }
        let all = world.store.waitlist(world.customer, &everyone_waiting()).await.unwrap();
        assert_eq!(seen, all);
        let positions: Vec<i64> = all.iter().map(|entry| entry.position).collect();
        assert_eq!(positions, [1, 2, 3, 1, 2, 3]);
    }

    async fn one_users_entries_tell_their_positions(world: World) {
        waiting(&world, &[SUITE, LITE]).await;
        let entries = page(&world, None, Some(UserKey(2))).await;
        assert_eq!(told(&entries), [("bob", SUITE, 2), ("bob", LITE, 2)]);
    }

    async fn a_change_that_leaves_leaves_all_its_queues(world: World) {
        let users = waiting(&world, &[SUITE, LITE]).await;
        let entries = page(&world, Some(SUITE), None).await;
        let mut tx = world.lock().await;
        tx.leave_waitlist(&[(users[1], entries[1].change_key)]).await.unwrap();
        assert_eq!(tx.waitlist_count(), 4);
        tx.commit().await.unwrap();
        let entries = page(&world, None, None).await;
        let left = [("ann", SUITE, 1), ("cy", SUITE, 2), ("ann", LITE, 1), ("cy", LITE, 2)];
        assert_eq!(told(&entries), left);
        assert_eq!(world.entitlement(LITE).await.waitlisted, 2);
    }

    async fn who_comes_to_hold_a_product_waits_for_it_no_more(world: World) {
        let users = waiting(&world, &[SUITE, LITE]).await;
        let mut tx = world.lock().await;
        let decided = vec![(member(users[1], "bob"), vec![assigned(SUITE, &[])])];
        tx.record_licenses(at(8), &actor(), changes(decided)).await.unwrap();
        tx.commit().await.unwrap();
        let entries = page(&world, None, Some(users[1])).await;
        assert_eq!(told(&entries), [("bob", LITE, 2)]);
        assert_eq!(world.entitlement(SUITE).await.waitlisted, 2);
        let mut tx = world.lock().await;
        let bob = tx.waited_for(&users[1..2]).await.unwrap();
        assert_eq!(bob, [(users[1], entries[0].change_key, LITE)]);
    }

    async fn who_joins_is_not_overlooked_by_a_transaction_that_saw_the_queue_empty(world: World) {
        let users = world.add_users(&["ann"]).await;
        world.entitle(&[SUITE]).await;
        let mut tx = world.lock().await;
        assert_eq!(tx.entitlements(&[SUITE]).await.unwrap()[0].waitlisted, 0);
        tx.join_waitlist(at(5), &joins(&users, &[SUITE])).await.unwrap();
        let decided = vec![(member(users[0], "ann"), vec![assigned(SUITE, &[])])];
        tx.record_licenses(at(8), &actor(), changes(decided)).await.unwrap();
        assert_eq!(tx.waitlist_count(), 0);
    }

    async fn a_user_who_is_deleted_waits_for_nothing(world: World) {
        let users = waiting(&world, &[SUITE, LITE]).await;
        world.delete_user(users[0]).await;
        let entries = page(&world, None, None).await;
        let left = [("bob", SUITE, 1), ("cy", SUITE, 2), ("bob", LITE, 1), ("cy", LITE, 2)];
        assert_eq!(told(&entries), left);
        assert_eq!(world.entitlement(SUITE).await.waitlisted, 2);
    }

    async fn queues_that_may_be_served_are_told_once(world: World) {
        let users = waiting(&world, &[SUITE]).await;
        world.assign(&[(users[2], "cy")], LITE).await;
        let mut tx = world.lock().await;
        assert_eq!(tx.take_unsettled(), []);
        let update = vec![(member(users[2], "cy"), vec![updated(LITE, &[], &[4])])];
        tx.record_licenses(at(8), &actor(), changes(update)).await.unwrap();
        assert_eq!(tx.take_unsettled(), []);
        let revoke = vec![(member(users[2], "cy"), vec![revoked(LITE)])];
        tx.record_licenses(at(9), &actor(), changes(revoke)).await.unwrap();
        tx.save_entitlement(&entitlement(SUITE, 7)).await.unwrap();
        assert_eq!(tx.take_unsettled(), [SUITE, LITE]);
        assert_eq!(tx.take_unsettled(), []);
        tx.prioritize(at(9), SUITE, users[0], 1).await.unwrap();
        assert_eq!(tx.take_unsettled(), [SUITE]);
    }

    async fn seats_released_may_serve_a_queue(world: World) {
        waiting(&world, &[SUITE]).await;
        let mut tx = world.lock().await;
        let batch = tx.insert_batch(new_batch("b1")).await.unwrap().key;
        tx.set_reservations(batch, &[(LITE, 2)]).await.unwrap();
        tx.take_unsettled();
        tx.set_reservations(batch, &[]).await.unwrap();
        assert_eq!(tx.take_unsettled(), [LITE]);
    }

    async fn queues_are_found_when_they_are_due(world: World) {
        waiting(&world, &[SUITE, LITE]).await;
        let mut tx = world.lock().await;
        tx.set_waitlist_due(SUITE, Some(at(20))).await.unwrap();
        tx.set_waitlist_due(LITE, Some(at(30))).await.unwrap();
        assert_eq!(tx.waitlist_due(SUITE).await.unwrap(), Some(at(20)));
        tx.commit().await.unwrap();
        let due = async |now, after| world.store.due_waitlists(now, after, ALL).await.unwrap();
        let [suite, lite] = [SUITE, LITE].map(|product| (world.customer, product));
        assert_eq!(due(at(19), None).await, []);
        assert_eq!(due(at(20), None).await, [suite]);
        assert_eq!(due(at(30), None).await, [suite, lite]);
        assert_eq!(due(at(30), Some(suite)).await, [lite]);
        let mut tx = world.lock().await;
        tx.set_waitlist_due(SUITE, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(due(at(30), None).await, [lite]);
        let mut tx = world.lock().await;
        assert_corrupt(tx.set_waitlist_due(ProductKey(40), None).await);
    }

    async fn a_dropped_transaction_lets_nobody_wait(world: World) {
        let users = world.add_users(&["ann"]).await;
        world.entitle(&[SUITE]).await;
        let mut tx = world.lock().await;
        tx.join_waitlist(at(5), &joins(&users, &[SUITE])).await.unwrap();
        drop(tx);
        assert_eq!(page(&world, None, None).await, []);
        assert_eq!(world.entitlement(SUITE).await.waitlisted, 0);
    }
}

/// Three users, who wait for these products.
async fn waiting(world: &World, products: &[ProductKey]) -> Vec<UserKey> {
    let users = world.add_users(&["ann", "bob", "cy"]).await;
    world.entitle(&[SUITE, LITE, ADDON]).await;
    let mut tx = world.lock().await;
    tx.join_waitlist(at(5), &joins(&users, products))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    users
}

async fn page(
    world: &World,
    product: Option<ProductKey>,
    user: Option<UserKey>,
) -> Vec<WaitlistEntry> {
    let query = WaitlistQuery {
        product,
        user,
        after: None,
        limit: ALL,
    };
    world.store.waitlist(world.customer, &query).await.unwrap()
}

fn told(entries: &[WaitlistEntry]) -> Vec<(&str, ProductKey, i64)> {
    entries
        .iter()
        .map(|entry| (entry.user_id.as_str(), entry.product, entry.position))
        .collect()
}
