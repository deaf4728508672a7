use seatkeeper_domain::UsageLocation;
use seatkeeper_domain::{User, UserId, UserKey, UserState};
use seatkeeper_store::NewUser;

use crate::fixture::{SUITE, assert_corrupt, assert_taken, at, new_user, user_id};
use crate::stores::on_every_store;

on_every_store! {
    async fn users_get_ascending_keys_from_one_in_the_order_given(fixture: Fixture) {
        assert_eq!(fixture.store.last_user_key(fixture.customer).await.unwrap(), UserKey(0));
        assert_eq!(fixture.add_users(&["zoe", "ann"]).await, [UserKey(1), UserKey(2)]);
        assert_eq!(fixture.add_users(&["mia"]).await, [UserKey(3)]);
        assert_eq!(fixture.store.last_user_key(fixture.customer).await.unwrap(), UserKey(3));
        let listed: Vec<_> = fixture.users().await.into_iter().map(|user| user.id).collect();
        assert_eq!(listed, ["zoe", "ann", "mia"].map(user_id));
    }

    async fn a_user_reads_back_as_added(fixture: Fixture) {
        let new = ann();
        let keys = fixture.add(vec![new.clone()]).await;
        let expected = new.into_user(keys[0]);
        let read = fixture.store.user(fixture.customer, &user_id("ann")).await.unwrap();
        assert_eq!(read.as_ref(), Some(&expected));
        let mut tx = fixture.lock().await;
        let read = tx.users(&[user_id("nobody"), user_id("ann"), user_id("ann")]).await.unwrap();
        assert_eq!(read, [None, Some(expected.clone()), Some(expected)]);
        assert_eq!(tx.users(&[]).await.unwrap(), []);
    }

    async fn the_user_count_follows(fixture: Fixture) {
        fixture.add_users(&["ann", "bob", "eve"]).await;
        assert_eq!(fixture.row().await.user_count, 3);
        let mut tx = fixture.lock().await;
        tx.delete_user(UserKey(2)).await.unwrap();
        tx.insert_users(vec![new_user("joe"), new_user("kim")]).await.unwrap();
        assert_eq!(tx.customer().user_count, 4);
        assert_eq!(tx.count_users(None).await.unwrap(), 4);
        assert_eq!(tx.last_user_key(), UserKey(5));
        tx.commit().await.unwrap();
        assert_eq!(fixture.row().await.user_count, 4);
        assert_eq!(fixture.store.count_users(fixture.customer, None).await.unwrap(), 4);
    }

    async fn adding_no_users_changes_nothing(fixture: Fixture) {
        let before = fixture.row().await;
        assert_eq!(fixture.add(Vec::new()).await, []);
        assert_eq!(fixture.row().await, before);
    }

    async fn a_taken_identifier_adds_no_user(fixture: Fixture) {
        fixture.add_users(&["ann"]).await;
        let mut tx = fixture.lock().await;
        let users = vec![new_user("bob"), new_user("ann")];
        assert_taken(tx.insert_users(users).await, "user");
        drop(tx);
        let mut tx = fixture.lock().await;
        let users = vec![new_user("bob"), new_user("eve"), new_user("bob")];
        assert_taken(tx.insert_users(users).await, "user");
        drop(tx);
        assert_eq!(fixture.users().await.len(), 1);
        assert_eq!(fixture.add_users(&["bob"]).await, [UserKey(2)]);
    }

    async fn a_key_is_never_given_out_twice(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        fixture.delete_user(UserKey(2)).await;
        assert_eq!(fixture.store.last_user_key(fixture.customer).await.unwrap(), UserKey(2));
        assert_eq!(fixture.add_users(&["bob"]).await, [UserKey(3)]);
    }

    async fn an_update_replaces_fields_but_neither_identifier_nor_creation(fixture: Fixture) {
        fixture.add_users(&["ann", "bob", "eve"]).await;
        let updated = |key: i64, id: &str| User {
            revision: 7,
            update_time: at(8),
            ..NewUser { id: user_id(id), ..ann() }.into_user(UserKey(key))
        };
        let mut tx = fixture.lock().await;
        let wrong = User { create_time: at(99), ..updated(3, "other") };
        tx.update_users(&[wrong, updated(1, "ann")]).await.unwrap();
        tx.update_users(&[]).await.unwrap();
        tx.commit().await.unwrap();
        let expected = |key, id| User { create_time: at(1), ..updated(key, id) };
        let untouched = new_user("bob").into_user(UserKey(2));
        let users = fixture.users().await;
        assert_eq!(users, [expected(1, "ann"), untouched, expected(3, "eve")]);
    }

    async fn updating_no_users_is_refused(fixture: Fixture) {
        fixture.add_users(&["ann"]).await;
        let mut tx = fixture.lock().await;
        let stranger = new_user("bob").into_user(UserKey(9));
        assert_corrupt(tx.update_users(&[stranger]).await);
    }

    async fn a_deleted_user_is_gone(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        fixture.delete_user(UserKey(1)).await;
        assert_eq!(fixture.store.user(fixture.customer, &user_id("ann")).await.unwrap(), None);
        assert_eq!(fixture.users().await.len(), 1);
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.delete_user(UserKey(1)).await);
    }

    async fn a_user_who_holds_a_license_is_not_deleted(fixture: Fixture) {
        fixture.add_users(&["ann"]).await;
        fixture.entitle(&[SUITE]).await;
        fixture.assign(&[(UserKey(1), "ann")], SUITE).await;
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.delete_user(UserKey(1)).await);
    }

    async fn identifiers_resolve_in_order_with_strangers_among_them(fixture: Fixture) {
        fixture.add_users(&["ann", "Ann", "bob", "o'hara"]).await;
        fixture.delete_user(UserKey(3)).await;
        let asked = ["o'hara", "nobody", "Ann", "bob", "ann", "Ann", "ANN"].map(user_id);
        let expected = [Some(4), None, Some(2), None, Some(1), Some(2), None];
        let expected = expected.map(|key| key.map(UserKey));
        let resolved = fixture.store.resolve_users(fixture.customer, &asked).await.unwrap();
        assert_eq!(resolved, expected);
        let mut tx = fixture.lock().await;
        assert_eq!(tx.resolve_users(&asked).await.unwrap(), expected);
        assert_eq!(tx.resolve_users(&[]).await.unwrap(), []);
    }

    async fn seventy_thousand_users_go_in_and_resolve_at_once(fixture: Fixture) {
        const COUNT: usize = 70_000;
        let ids: Vec<UserId> = (0..COUNT).map(|number| user_id(&format!("u{number}"))).collect();
        let users = ids.iter().map(|id| new_user(id.as_str()));
        let keys = fixture.add(users.collect()).await;
        assert!(keys.iter().zip(1..).all(|(key, expected)| key.0 == expected));
        let backwards: Vec<UserId> = ids.into_iter().rev().collect();
        let resolved = fixture.store.resolve_users(fixture.customer, &backwards).await.unwrap();
        let expected: Vec<_> = keys.into_iter().rev().map(Some).collect();
        assert!(resolved == expected);
    }
}

/// A user with a value in every field.
fn ann() -> NewUser {
    NewUser {
        id: user_id("ann"),
        sign_in_name: "Ann@Contoso.example".to_owned(),
        display_name: "Änn \"the % _\" O'Hara\n漢字 😀 \\".to_owned(),
        department: "R&D".to_owned(),
        job_title: "Éditrice".to_owned(),
        usage_location: Some(UsageLocation::parse("CH").unwrap()),
        state: UserState::Blocked,
        create_time: at(-4),
    }
}
