use std::sync::Arc;

use seatkeeper_engine::{Engine, EngineConfig};
use seatkeeper_store::ModelStore;

use super::*;

impl Cursor for TestCursor {
    fn is_valid(&self) -> bool {
        self.after != "nowhere"
    }
}

#[derive(Clone, PartialEq, Message)]
struct TestCursor {
    #[prost(string, tag = "1")]
    after: String,
}

fn cursor(after: &str) -> TestCursor {
    TestCursor {
        after: after.to_owned(),
    }
}

/// Keys of a separate database.
async fn keys() -> PageKeys {
    let engine = Engine::new(Arc::new(ModelStore::new()), EngineConfig::default());
    PageKeys::of(&engine, "").await.unwrap()
}

fn reason(scope: &TokenScope, token: &str) -> ErrorReason {
    scope.cursor::<TestCursor>(token).unwrap_err().reason
}

#[tokio::test]
async fn a_token_decodes_to_its_cursor() {
    let scope = TokenScope::new(&keys().await, "List", &["customers/a", ""]);
    let token = scope.token(&cursor("b"));
    assert_eq!(scope.cursor(&token), Ok(Some(cursor("b"))));
}

#[tokio::test]
async fn an_empty_token_is_the_first_page() {
    let scope = TokenScope::new(&keys().await, "List", &[]);
    assert_eq!(scope.cursor::<TestCursor>(""), Ok(None));
}

#[tokio::test]
async fn a_token_of_another_query_is_distinguished_from_no_token() {
    let keys = keys().await;
    let token = TokenScope::new(&keys, "List", &["customers/a", "x"]).token(&cursor("b"));
    let others = [
        TokenScope::new(&keys, "List", &["customers/b", "x"]),
        TokenScope::new(&keys, "List", &["customers/ax", ""]),
        TokenScope::new(&keys, "Other", &["customers/a", "x"]),
    ];
    for other in others {
        assert_eq!(reason(&other, &token), ErrorReason::PageTokenMismatch);
    }
    for text in ["!", "AQ", "later", "AgAAAAAAAAAA"] {
        let none = reason(&TokenScope::new(&keys, "List", &[]), text);
        assert_eq!(none, ErrorReason::PageTokenInvalid, "{text}");
    }
}

#[tokio::test]
async fn a_token_of_which_any_bit_was_changed_is_invalid() {
    let scope = TokenScope::new(&keys().await, "List", &[]);
    let bytes = text::decode(&scope.token(&cursor("b"))).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = reason(&scope, &text::encode(&changed));
        assert_eq!(changed, ErrorReason::PageTokenInvalid, "bit {bit}");
    }
}

#[tokio::test]
async fn a_token_that_was_cut_short_or_lengthened_is_invalid() {
    let scope = TokenScope::new(&keys().await, "List", &[]);
    let bytes = text::decode(&scope.token(&cursor("b"))).unwrap();
    for length in 1..bytes.len() {
        let cut = reason(&scope, &text::encode(&bytes[..length]));
        assert_eq!(cut, ErrorReason::PageTokenInvalid, "{length} bytes");
    }
    let lengthened = text::encode(&[&bytes[..], &[0]].concat());
    assert_eq!(reason(&scope, &lengthened), ErrorReason::PageTokenInvalid);
    let endless = "A".repeat(1 << 20);
    assert_eq!(reason(&scope, &endless), ErrorReason::PageTokenInvalid);
}

#[tokio::test]
async fn a_token_of_another_database_is_invalid() {
    let here = TokenScope::new(&keys().await, "List", &[]);
    let elsewhere = TokenScope::new(&keys().await, "List", &[]);
    let token = elsewhere.token(&cursor("b"));
    assert_eq!(reason(&here, &token), ErrorReason::PageTokenInvalid);
}

#[tokio::test]
async fn a_token_of_the_format_before_is_invalid() {
    let scope = TokenScope::new(&keys().await, "List", &[]);
    let content = [&[1_u8], &scope.digest[..], &cursor("b").encode_to_vec()].concat();
    let earlier = reason(&scope, &text::encode(&content));
    assert_eq!(earlier, ErrorReason::PageTokenInvalid);
}

#[tokio::test]
async fn an_authentic_token_whose_cursor_no_list_has_is_invalid() {
    let scope = TokenScope::new(&keys().await, "List", &[]);
    let nowhere = scope.token(&cursor("nowhere"));
    assert_eq!(reason(&scope, &nowhere), ErrorReason::PageTokenInvalid);
}
