use seatkeeper_domain::{Selection, SelectionId, SelectionKey, UserKey, UserSet};
use seatkeeper_store::{NewSelection, StoreError};

use crate::fixture::{ALL, Fixture, assert_corrupt, assert_taken, at};
use crate::stores::on_every_store;

/// The expiry of the selections in these tests.
const EXPIRY: i64 = 1_000;

on_every_store! {
    async fn a_saved_selection_is_read_as_it_was_written(fixture: Fixture) {
        let users = keys([1, 2, 65_535, 65_536, 200_000, 5_000_000_000]);
        let saved = save(&fixture, "ticked", &users).await;
        assert_eq!(saved.key, SelectionKey(1));
        assert_eq!((saved.user_count, saved.revision), (6, 1));
        assert_eq!(find(&fixture, "ticked").await, Some(saved.clone()));
        assert_eq!(members(&fixture, saved.key).await, users);
        assert_eq!(find(&fixture, "other").await, None);
        assert_eq!(members(&fixture, SelectionKey(2)).await, UserSet::new());
    }

    async fn an_identifier_is_taken_once(fixture: Fixture) {
        save(&fixture, "ticked", &keys([1])).await;
        let mut tx = fixture.lock().await;
        let again = tx.insert_selection(new("ticked"), &UserSet::new()).await;
        assert_taken(again, "selection");
    }

    async fn users_who_are_added_count_once(fixture: Fixture) {
        let key = save(&fixture, "ticked", &keys([1, 70_000])).await.key;
        let mut tx = fixture.lock().await;
        let gained = tx.add_selection_users(key, &keys([1, 2, 70_000, 140_000])).await;
        assert_eq!(gained.unwrap(), 2);
        assert_eq!(tx.add_selection_users(key, &UserSet::new()).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(members(&fixture, key).await, keys([1, 2, 70_000, 140_000]));
        assert_eq!(find(&fixture, "ticked").await.unwrap().user_count, 4);
    }

    async fn users_who_are_removed_count_once(fixture: Fixture) {
        let key = save(&fixture, "ticked", &keys([1, 2, 70_000, 70_001])).await.key;
        let mut tx = fixture.lock().await;
        let lost = tx.remove_selection_users(key, &keys([2, 3, 70_000, 70_001, 999_999])).await;
        assert_eq!(lost.unwrap(), 3);
        tx.commit().await.unwrap();
        assert_eq!(members(&fixture, key).await, keys([1]));
        assert_eq!(find(&fixture, "ticked").await.unwrap().user_count, 1);
    }

    async fn its_own_fields_are_replaced_and_no_others(fixture: Fixture) {
        let saved = save(&fixture, "ticked", &keys([1, 2])).await;
        let changed = Selection {
            display_name: "Tick\u{f6}d".to_owned(),
            idle_ttl_micros: 77,
            user_count: 900,
            expire_time: at(9_000),
            revision: 5,
            update_time: at(8),
            ..saved.clone()
        };
        let mut tx = fixture.lock().await;
        tx.save_selection(&changed).await.unwrap();
        tx.commit().await.unwrap();
        let expected = Selection { user_count: 2, ..changed };
        assert_eq!(find(&fixture, "ticked").await, Some(expected));
        assert_eq!(members(&fixture, saved.key).await, keys([1, 2]));
    }

    async fn a_deleted_selection_leaves_nothing(fixture: Fixture) {
        let key = save(&fixture, "ticked", &keys([1, 70_000])).await.key;
        let mut tx = fixture.lock().await;
        tx.delete_selection(key).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(find(&fixture, "ticked").await, None);
        assert_eq!(members(&fixture, key).await, UserSet::new());
        save(&fixture, "ticked", &keys([2])).await;
        assert_eq!(members(&fixture, key).await, keys([2]));
    }

    async fn a_selection_that_is_not_there_is_not_changed(fixture: Fixture) {
        let nowhere = SelectionKey(9);
        let selection = new("ticked").into_selection(nowhere, 0);
        assert_corrupt(fixture.lock().await.save_selection(&selection).await);
        assert_corrupt(fixture.lock().await.delete_selection(nowhere).await);
        assert_corrupt(fixture.lock().await.add_selection_users(nowhere, &keys([1])).await);
    }

    async fn selections_are_listed_newest_first_while_they_live(fixture: Fixture) {
        for id in ["a", "b", "c", "d"] {
            save(&fixture, id, &UserSet::new()).await;
        }
        let mut tx = fixture.lock().await;
        let mut b = tx.selection(&id("b")).await.unwrap().unwrap();
        b.expire_time = at(EXPIRY - 1);
        tx.save_selection(&b).await.unwrap();
        assert_eq!(tx.count_selections(at(EXPIRY - 1)).await.unwrap(), 3);
        tx.commit().await.unwrap();
        let page = async |now, before, limit| {
            let page = fixture.store.list_selections(fixture.customer, at(now), before, limit).await;
            let page = page.unwrap();
            page.iter().map(|found| found.id.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(page(0, None, ALL).await, ["d", "c", "b", "a"]);
        assert_eq!(page(EXPIRY - 1, None, 2).await, ["d", "c"]);
        assert_eq!(page(EXPIRY - 1, Some(SelectionKey(3)), 2).await, ["a"]);
        assert_eq!(page(EXPIRY, None, ALL).await, [""; 0]);
        let count = fixture.store.count_selections(fixture.customer, at(EXPIRY - 1)).await;
        assert_eq!(count.unwrap(), 3);
    }

    async fn expired_selections_of_anyone_are_found_the_longest_expired_first(fixture: Fixture) {
        let other = fixture.another_customer("other").await;
        for (customer, name, expiry) in [
            (fixture.customer, "late", 30),
            (other, "early", 10),
            (fixture.customer, "never", 99),
            (other, "middle", 20),
        ] {
            let mut tx = fixture.store.lock_customer(customer).await.unwrap().unwrap();
            let new = NewSelection { expire_time: at(expiry), ..new(name) };
            tx.insert_selection(new, &keys([1])).await.unwrap();
            tx.commit().await.unwrap();
        }
        let expired = fixture.store.expired_selections(at(30), ALL).await.unwrap();
        let expected = [(other, id("early")), (other, id("middle")), (fixture.customer, id("late"))];
        assert_eq!(expired, expected);
        assert_eq!(fixture.store.expired_selections(at(30), 1).await.unwrap(), expected[..1]);
    }

    async fn a_deleted_user_leaves_every_selection(fixture: Fixture) {
        fixture.add_users(&["ann", "bob", "eve"]).await;
        let both = save(&fixture, "both", &keys([1, 2])).await;
        let alone = save(&fixture, "alone", &keys([2])).await;
        let other = save(&fixture, "other", &keys([1, 3])).await;
        fixture.delete_user(UserKey(2)).await;
        for (saved, expected) in [(both, keys([1])), (alone, keys([])), (other, keys([1, 3]))] {
            assert_eq!(members(&fixture, saved.key).await, expected);
            let found = find(&fixture, saved.id.as_str()).await.unwrap();
            assert_eq!(found, Selection { user_count: expected.len(), ..saved });
        }
    }

    async fn deleted_users_are_counted_and_reported(fixture: Fixture) {
        fixture.add_users(&["ann", "bob", "eve"]).await;
        let counted = async || fixture.store.count_deleted_users(fixture.customer).await.unwrap();
        assert_eq!(counted().await, 0);
        fixture.delete_user(UserKey(2)).await;
        assert_eq!(counted().await, 1);
        let mut tx = fixture.lock().await;
        tx.delete_user(UserKey(3)).await.unwrap();
        assert_eq!(tx.count_deleted_users(), 2);
        assert_eq!(tx.deleted_users().await.unwrap(), keys([2, 3]));
    }

    async fn an_abandoned_transaction_leaves_selections_as_they_were(fixture: Fixture) {
        let saved = save(&fixture, "ticked", &keys([1])).await;
        let mut tx = fixture.lock().await;
        tx.add_selection_users(saved.key, &keys([2])).await.unwrap();
        tx.insert_selection(new("second"), &keys([3])).await.unwrap();
        drop(tx);
        assert_eq!(members(&fixture, saved.key).await, keys([1]));
        assert_eq!(find(&fixture, "ticked").await, Some(saved));
        assert_eq!(find(&fixture, "second").await, None);
    }
}

fn new(name: &str) -> NewSelection {
    NewSelection {
        id: id(name),
        display_name: name.to_uppercase(),
        idle_ttl_micros: 600,
        expire_time: at(EXPIRY),
        create_time: at(4),
    }
}

async fn save(fixture: &Fixture, name: &str, users: &UserSet) -> Selection {
    let mut tx = fixture.lock().await;
    let saved = tx.insert_selection(new(name), users).await.unwrap();
    tx.commit().await.unwrap();
    saved
}

async fn find(fixture: &Fixture, name: &str) -> Option<Selection> {
    let found = fixture.store.selection(fixture.customer, &id(name)).await;
    found.unwrap()
}

async fn members(fixture: &Fixture, key: SelectionKey) -> UserSet {
    let users: Result<UserSet, StoreError> =
        fixture.store.selection_users(fixture.customer, key).await;
    users.unwrap()
}

fn id(name: &str) -> SelectionId {
    SelectionId::parse(name).unwrap()
}

fn keys<const N: usize>(keys: [i64; N]) -> UserSet {
    keys.into_iter().map(UserKey).collect()
}
