use seatkeeper_domain::{ProductKey, UserKey, WaitlistEntry};
use seatkeeper_store::WaitlistQuery;

use crate::decisions::{assigned, changes, revoked, updated};
use crate::fixture::{
    ADDON, ALL, Fixture, LITE, SUITE, assert_corrupt, at, entitlement, everyone_waiting, joins,
    member, new_batch, principal,
};
use crate::stores::on_every_store;

on_every_store! {
    async fn users_wait_in_the_order_they_came(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE]).await;
        let entries = fixture.store.waitlist(fixture.customer, &everyone_waiting()).await.unwrap();
        assert_eq!(positions(&entries), [("ann", SUITE, 1), ("bob", SUITE, 2), ("cy", SUITE, 3)]);
        assert_eq!(entries[0].user, users[0]);
        assert_eq!(entries[0].waiting, joins(&users, &[SUITE]).changes[0]);
        assert_eq!((entries[0].create_time, entries[0].update_time), (at(5), at(5)));
        assert_eq!((entries[0].revision, entries[0].sort_key.priority()), (1, 0));
    }

    async fn an_entry_names_its_batch(fixture: Fixture) {
        let users = fixture.add_users(&["ann"]).await;
        fixture.entitle(&[SUITE]).await;
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new_batch("b1")).await.unwrap();
        let mut joining = joins(&users, &[SUITE]);
        joining.batch = Some(batch.key);
        tx.join_waitlist(at(5), &joining).await.unwrap();
        let entries = tx.waitlist(&everyone_waiting()).await.unwrap();
        assert_eq!(entries[0].batch, Some((batch.key, batch.id)));
    }

    async fn the_entitlement_counts_who_waits(fixture: Fixture) {
        waiting(&fixture, &[SUITE, LITE]).await;
        assert_eq!(fixture.entitlement(SUITE).await.waitlisted, 3);
        assert_eq!(fixture.entitlement(LITE).await.waitlisted, 3);
        assert_eq!(fixture.entitlement(ADDON).await.waitlisted, 0);
        assert_eq!(fixture.store.count_waitlist(fixture.customer, None, None).await.unwrap(), 6);
        let user = Some(UserKey(2));
        assert_eq!(fixture.store.count_waitlist(fixture.customer, None, user).await.unwrap(), 2);
        let one = fixture.store.count_waitlist(fixture.customer, Some(LITE), user).await;
        assert_eq!(one.unwrap(), 1);
    }

    async fn saving_an_entitlement_leaves_its_queue(fixture: Fixture) {
        waiting(&fixture, &[SUITE]).await;
        let mut tx = fixture.lock().await;
        tx.save_entitlement(&entitlement(SUITE, 7)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(fixture.entitlement(SUITE).await.waitlisted, 3);
    }

    async fn a_user_who_joins_again_keeps_the_position_and_the_waiting_change_is_replaced(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE]).await;
        let mut tx = fixture.lock().await;
        tx.join_waitlist(at(8), &joins(&users[..1], &[SUITE, LITE])).await.unwrap();
        tx.commit().await.unwrap();
        let entries = page(&fixture, Some(SUITE), None).await;
        assert_eq!(positions(&entries), [("ann", SUITE, 1), ("bob", SUITE, 2), ("cy", SUITE, 3)]);
        assert_eq!(entries[0].waiting.seats, [SUITE, LITE]);
        assert_eq!((entries[0].create_time, entries[0].update_time), (at(5), at(8)));
        assert_eq!(entries[0].revision, 2);
        assert_eq!(fixture.entitlement(SUITE).await.waitlisted, 3);
        let lite = page(&fixture, Some(LITE), None).await;
        assert_eq!(lite[0].change_key, entries[0].change_key);
    }

    async fn users_are_not_waitlisted_for_a_product_without_an_entitlement(fixture: Fixture) {
        let users = fixture.add_users(&["ann"]).await;
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.join_waitlist(at(5), &joins(&users, &[SUITE])).await);
    }

    async fn higher_priorities_come_first_and_arrival_decides_among_equals(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE]).await;
        let mut tx = fixture.lock().await;
        tx.prioritize(at(8), SUITE, users[2], 5).await.unwrap();
        tx.prioritize(at(8), SUITE, users[1], 5).await.unwrap();
        tx.prioritize(at(8), SUITE, users[0], -1).await.unwrap();
        tx.commit().await.unwrap();
        let entries = page(&fixture, Some(SUITE), None).await;
        assert_eq!(positions(&entries), [("bob", SUITE, 1), ("cy", SUITE, 2), ("ann", SUITE, 3)]);
        assert_eq!((entries[0].sort_key.priority(), entries[0].revision), (5, 2));
        assert_eq!((entries[0].create_time, entries[0].update_time), (at(5), at(8)));
    }

    async fn a_user_off_the_waitlist_has_no_priority(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE]).await;
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.prioritize(at(8), LITE, users[0], 1).await);
    }

    async fn pages_follow_one_another(fixture: Fixture) {
        waiting(&fixture, &[SUITE, LITE]).await;
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = WaitlistQuery { after, limit: 2, ..WaitlistQuery::default() };
            let entries = fixture.store.waitlist(fixture.customer, &query).await.unwrap();
            let Some(last) = entries.last() else { break };
            after = Some((last.product, last.sort_key));
            seen.extend(entries);
        }
        let all = fixture.store.waitlist(fixture.customer, &everyone_waiting()).await.unwrap();
        assert_eq!(seen, all);
        let positions: Vec<i64> = all.iter().map(|entry| entry.position).collect();
        assert_eq!(positions, [1, 2, 3, 1, 2, 3]);
    }

    async fn the_entries_of_one_user_have_their_positions(fixture: Fixture) {
        waiting(&fixture, &[SUITE, LITE]).await;
        let entries = page(&fixture, None, Some(UserKey(2))).await;
        assert_eq!(positions(&entries), [("bob", SUITE, 2), ("bob", LITE, 2)]);
    }

    async fn a_change_that_leaves_leaves_all_its_queues(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE, LITE]).await;
        let entries = page(&fixture, Some(SUITE), None).await;
        let mut tx = fixture.lock().await;
        tx.leave_waitlist(&[(users[1], entries[1].change_key)]).await.unwrap();
        assert_eq!(tx.waitlist_count(), 4);
        tx.commit().await.unwrap();
        let entries = page(&fixture, None, None).await;
        let left = [("ann", SUITE, 1), ("cy", SUITE, 2), ("ann", LITE, 1), ("cy", LITE, 2)];
        assert_eq!(positions(&entries), left);
        assert_eq!(fixture.entitlement(LITE).await.waitlisted, 2);
    }

    async fn a_user_who_gets_a_product_leaves_its_waitlist(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE, LITE]).await;
        let mut tx = fixture.lock().await;
        let decided = vec![(member(users[1], "bob"), vec![assigned(SUITE, &[])])];
        tx.record_licenses(at(8), &principal(), changes(decided)).await.unwrap();
        tx.commit().await.unwrap();
        let entries = page(&fixture, None, Some(users[1])).await;
        assert_eq!(positions(&entries), [("bob", LITE, 2)]);
        assert_eq!(fixture.entitlement(SUITE).await.waitlisted, 2);
        let mut tx = fixture.lock().await;
        let bob = tx.waited_for(&users[1..2]).await.unwrap();
        assert_eq!(bob, [(users[1], entries[0].change_key, LITE)]);
    }

    async fn a_joining_user_is_seen_by_a_transaction_that_found_the_queue_empty(fixture: Fixture) {
        let users = fixture.add_users(&["ann"]).await;
        fixture.entitle(&[SUITE]).await;
        let mut tx = fixture.lock().await;
        assert_eq!(tx.entitlements(&[SUITE]).await.unwrap()[0].waitlisted, 0);
        tx.join_waitlist(at(5), &joins(&users, &[SUITE])).await.unwrap();
        let decided = vec![(member(users[0], "ann"), vec![assigned(SUITE, &[])])];
        tx.record_licenses(at(8), &principal(), changes(decided)).await.unwrap();
        assert_eq!(tx.waitlist_count(), 0);
    }

    async fn a_user_who_is_deleted_waits_for_nothing(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE, LITE]).await;
        fixture.delete_user(users[0]).await;
        let entries = page(&fixture, None, None).await;
        let left = [("bob", SUITE, 1), ("cy", SUITE, 2), ("bob", LITE, 1), ("cy", LITE, 2)];
        assert_eq!(positions(&entries), left);
        assert_eq!(fixture.entitlement(SUITE).await.waitlisted, 2);
    }

    async fn queues_with_free_seats_are_returned_once(fixture: Fixture) {
        let users = waiting(&fixture, &[SUITE]).await;
        fixture.assign(&[(users[2], "cy")], LITE).await;
        let mut tx = fixture.lock().await;
        assert_eq!(tx.take_dirty_queues(), []);
        let update = vec![(member(users[2], "cy"), vec![updated(LITE, &[], &[4])])];
        tx.record_licenses(at(8), &principal(), changes(update)).await.unwrap();
        assert_eq!(tx.take_dirty_queues(), []);
        let revoke = vec![(member(users[2], "cy"), vec![revoked(LITE)])];
        tx.record_licenses(at(9), &principal(), changes(revoke)).await.unwrap();
        tx.save_entitlement(&entitlement(SUITE, 7)).await.unwrap();
        assert_eq!(tx.take_dirty_queues(), [SUITE, LITE]);
        assert_eq!(tx.take_dirty_queues(), []);
        tx.prioritize(at(9), SUITE, users[0], 1).await.unwrap();
        assert_eq!(tx.take_dirty_queues(), [SUITE]);
    }

    async fn seats_released_may_serve_a_queue(fixture: Fixture) {
        waiting(&fixture, &[SUITE]).await;
        let mut tx = fixture.lock().await;
        let batch = tx.insert_batch(new_batch("b1")).await.unwrap().key;
        tx.set_reservations(batch, &[(LITE, 2)]).await.unwrap();
        tx.take_dirty_queues();
        tx.set_reservations(batch, &[]).await.unwrap();
        assert_eq!(tx.take_dirty_queues(), [LITE]);
    }

    async fn queues_are_found_when_they_are_due(fixture: Fixture) {
        waiting(&fixture, &[SUITE, LITE]).await;
        let mut tx = fixture.lock().await;
        tx.set_waitlist_due(SUITE, Some(at(20))).await.unwrap();
        tx.set_waitlist_due(LITE, Some(at(30))).await.unwrap();
        assert_eq!(tx.waitlist_due(SUITE).await.unwrap(), Some(at(20)));
        tx.commit().await.unwrap();
        let due = async |now, after| fixture.store.due_waitlists(now, after, ALL).await.unwrap();
        let [suite, lite] = [SUITE, LITE].map(|product| (fixture.customer, product));
        assert_eq!(due(at(19), None).await, []);
        assert_eq!(due(at(20), None).await, [suite]);
        assert_eq!(due(at(30), None).await, [suite, lite]);
        assert_eq!(due(at(30), Some(suite)).await, [lite]);
        let mut tx = fixture.lock().await;
        tx.set_waitlist_due(SUITE, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(due(at(30), None).await, [lite]);
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.set_waitlist_due(ProductKey(40), None).await);
    }

    async fn a_dropped_transaction_waitlists_no_user(fixture: Fixture) {
        let users = fixture.add_users(&["ann"]).await;
        fixture.entitle(&[SUITE]).await;
        let mut tx = fixture.lock().await;
        tx.join_waitlist(at(5), &joins(&users, &[SUITE])).await.unwrap();
        drop(tx);
        assert_eq!(page(&fixture, None, None).await, []);
        assert_eq!(fixture.entitlement(SUITE).await.waitlisted, 0);
    }
}

/// Three users in the waitlists of these products.
async fn waiting(fixture: &Fixture, products: &[ProductKey]) -> Vec<UserKey> {
    let users = fixture.add_users(&["ann", "bob", "cy"]).await;
    fixture.entitle(&[SUITE, LITE, ADDON]).await;
    let mut tx = fixture.lock().await;
    tx.join_waitlist(at(5), &joins(&users, products))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    users
}

async fn page(
    fixture: &Fixture,
    product: Option<ProductKey>,
    user: Option<UserKey>,
) -> Vec<WaitlistEntry> {
    let query = WaitlistQuery {
        product,
        user,
        after: None,
        limit: ALL,
    };
    fixture
        .store
        .waitlist(fixture.customer, &query)
        .await
        .unwrap()
}

fn positions(entries: &[WaitlistEntry]) -> Vec<(&str, ProductKey, i64)> {
    entries
        .iter()
        .map(|entry| (entry.user_id.as_str(), entry.product, entry.position))
        .collect()
}
