//! All servers of a database share the keys of page tokens, and replace them periodically.

use std::time::Duration;

use seatkeeper_engine::{Engine, Limits};

use crate::fixture::{Fixture, limits};
use crate::stores::on_every_store;

/// Days after which a key is replaced by default.
const REPLACED: i64 = 30;

on_every_store! {
    async fn servers_that_start_together_agree_on_a_key(fixture: Fixture) {
        let other = fixture.another_engine();
        let (here, there) = tokio::join!(fixture.engine.token_keys(None), other.token_keys(None));
        assert_eq!(here.unwrap().newest(), there.unwrap().newest());
    }

    async fn a_key_survives_a_restart(fixture: Fixture) {
        let before = fixture.engine.token_keys(None).await.unwrap();
        let after = fixture.another_engine().token_keys(None).await.unwrap();
        assert_eq!(after.newest(), before.newest());
    }

    async fn a_key_is_random(fixture: Fixture) {
        let secret = fixture.engine.token_keys(None).await.unwrap().newest().secret;
        assert_ne!(secret[..16], secret[16..]);
        let distinct: std::collections::BTreeSet<u8> = secret.into_iter().collect();
        assert!(distinct.len() > 8, "{distinct:?}");
    }

    async fn a_key_is_replaced_when_it_is_old_and_checks_tokens_until_the_next_one(fixture: Fixture) {
        let replacer = replacer(&fixture);
        assert_eq!(newest(&replacer).await, 1);
        fixture.clock.pass(REPLACED - 1);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(newest(&replacer).await, 1, "the key is not old enough");
        for number in 2..=3 {
            fixture.clock.pass(REPLACED + 1);
            replaced_by(&replacer, number).await;
            let keys = replacer.token_keys(None).await.unwrap();
            assert!(keys.get(number - 1).is_some());
            assert!(keys.get(number - 2).is_none());
        }
        replacer.drain(Duration::from_secs(5)).await;
    }

    async fn a_key_that_another_server_added_is_read_when_a_token_names_it(fixture: Fixture) {
        let behind = fixture.another_engine();
        assert_eq!(newest(&behind).await, 1);
        let replacer = replacer(&fixture);
        newest(&replacer).await;
        fixture.clock.pass(REPLACED + 1);
        replaced_by(&replacer, 2).await;
        replacer.drain(Duration::from_secs(5)).await;

        assert_eq!(newest(&behind).await, 1, "no token has named the new key yet");
        let keys = behind.token_keys(Some(2)).await.unwrap();
        assert_eq!(keys.newest(), replacer.token_keys(None).await.unwrap().newest());
        assert!(keys.get(1).is_some());
    }

    async fn a_key_that_does_not_exist_is_not_found(fixture: Fixture) {
        for number in [i64::MIN, -1, 0, 2, i64::MAX] {
            let keys = fixture.engine.token_keys(Some(number)).await.unwrap();
            assert!(keys.get(number).is_none(), "{number}");
            assert_eq!(keys.newest().id, 1);
        }
    }
}

/// A server that checks for old keys often.
fn replacer(fixture: &Fixture) -> Engine {
    let engine = fixture.another_engine_with(Limits {
        retention_interval: Duration::from_millis(10),
        ..limits()
    });
    engine.start();
    engine
}

/// The number of the key that a server creates tokens with.
async fn newest(engine: &Engine) -> i64 {
    engine.token_keys(None).await.unwrap().newest().id
}

/// Waits until a server creates tokens with the key `number`.
async fn replaced_by(engine: &Engine, number: i64) {
    let replaced = async {
        while newest(engine).await != number {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let replaced = tokio::time::timeout(Duration::from_mins(1), replaced).await;
    replaced.expect("the key must be replaced");
}
