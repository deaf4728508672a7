use seatkeeper_store::{NewTokenKey, Store, TOKEN_KEYS_KEPT, TOKEN_SECRET_BYTES, TokenKey};

use crate::fixture::at;
use crate::stores::{empty_postgres, on_every_store, open_postgres, open_sqlite};

on_every_store! {
    async fn there_is_no_token_key_before_the_first_is_added(fixture: Fixture) {
        assert_eq!(fixture.store.token_keys().await.unwrap(), []);
    }

    async fn the_newest_two_token_keys_are_kept_newest_first(fixture: Fixture) {
        let mut kept: Vec<TokenKey> = Vec::new();
        for id in 1..=4 {
            let keys = fixture.store.add_token_key(new_key(id - 1, id)).await.unwrap();
            kept.insert(0, key(id));
            kept.truncate(TOKEN_KEYS_KEPT);
            assert_eq!(keys, kept);
            assert_eq!(fixture.store.token_keys().await.unwrap(), kept);
        }
    }

    async fn a_token_key_that_another_server_has_added_meanwhile_is_not_added(fixture: Fixture) {
        for id in 1..=3 {
            fixture.store.add_token_key(new_key(id - 1, id)).await.unwrap();
        }
        let kept = [key(3), key(2)];
        for late in 0..=2 {
            let keys = fixture.store.add_token_key(new_key(late, 99)).await.unwrap();
            assert_eq!(keys, kept, "{late}");
        }
        let early = fixture.store.add_token_key(new_key(7, 99)).await.unwrap();
        assert_eq!(early, kept);
        assert_eq!(fixture.store.token_keys().await.unwrap(), kept);
    }

    async fn numbers_of_token_keys_go_on_where_the_database_has_lost_its_keys(fixture: Fixture) {
        let keys = fixture.store.add_token_key(new_key(7, 8)).await.unwrap();
        assert_eq!(keys, [key(8)]);
    }

    async fn of_token_keys_added_at_once_one_is_stored_and_returned_to_all(fixture: Fixture) {
        for previous in 0..=2 {
            let adding = (0..8).map(|server: u8| {
                let store = fixture.store.clone();
                let mut new = new_key(previous, previous + 1);
                new.secret[1] = server;
                tokio::spawn(async move { store.add_token_key(new).await.unwrap() })
            });
            let mut returned = Vec::new();
            for adding in adding.collect::<Vec<_>>() {
                returned.push(adding.await.unwrap());
            }
            let stored = fixture.store.token_keys().await.unwrap();
            assert_eq!(stored[0].id, previous + 1);
            assert!(returned.iter().all(|keys| *keys == stored), "{returned:?}");
        }
    }
}

#[tokio::test]
async fn servers_of_one_database_that_start_together_agree_on_a_token_key() {
    let database = empty_postgres().await;
    let one = open_postgres(&database).await;
    let two = open_postgres(&database).await;
    for previous in 0..5 {
        let [mut first, mut second] = [0; 2].map(|_| new_key(previous, previous + 1));
        first.secret[1] = 1;
        second.secret[1] = 2;
        let (first, second) = tokio::join!(one.add_token_key(first), two.add_token_key(second));
        assert_eq!(first.unwrap(), second.unwrap());
    }
}

#[tokio::test]
async fn token_keys_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_sqlite(&directory).await;
    store.add_token_key(new_key(0, 1)).await.unwrap();
    store.close().await.unwrap();
    let store = open_sqlite(&directory).await;
    assert_eq!(store.token_keys().await.unwrap(), [key(1)]);
}

/// A key that follows `previous`; its secret begins with `number`.
fn new_key(previous: i64, number: i64) -> NewTokenKey {
    let mut secret = [0; TOKEN_SECRET_BYTES];
    secret[0] = u8::try_from(number).unwrap();
    NewTokenKey {
        previous: (previous > 0).then_some(previous),
        secret,
        create_time: at(number),
    }
}

/// The stored key that [`new_key`] becomes.
fn key(id: i64) -> TokenKey {
    let new = new_key(id - 1, id);
    TokenKey {
        id,
        secret: new.secret,
        create_time: new.create_time,
    }
}
