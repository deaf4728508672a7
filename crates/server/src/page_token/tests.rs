use std::sync::Arc;

use seatkeeper_engine::{Engine, EngineConfig};
use seatkeeper_store::ModelStore;

use super::*;

impl Place for TestPlace {
    fn is_valid(&self) -> bool {
        self.after != "nowhere"
    }
}

#[derive(Clone, PartialEq, Message)]
struct TestPlace {
    #[prost(string, tag = "1")]
    after: String,
}

fn place(after: &str) -> TestPlace {
    TestPlace {
        after: after.to_owned(),
    }
}

/// The keys of a database of its own.
async fn keys() -> PageKeys {
    let engine = Engine::new(Arc::new(ModelStore::new()), EngineConfig::default());
    PageKeys::of(&engine, "").await.unwrap()
}

fn reason(binding: &Binding, token: &str) -> ErrorReason {
    binding.place::<TestPlace>(token).unwrap_err().reason
}

#[tokio::test]
async fn a_token_leads_back_to_its_place() {
    let binding = Binding::new(&keys().await, "List", &["customers/a", ""]);
    let token = binding.token(&place("b"));
    assert_eq!(binding.place(&token), Ok(Some(place("b"))));
}

#[tokio::test]
async fn an_empty_token_is_the_first_page() {
    let binding = Binding::new(&keys().await, "List", &[]);
    assert_eq!(binding.place::<TestPlace>(""), Ok(None));
}

#[tokio::test]
async fn a_token_of_another_query_is_told_apart_from_no_token() {
    let keys = keys().await;
    let token = Binding::new(&keys, "List", &["customers/a", "x"]).token(&place("b"));
    let others = [
        Binding::new(&keys, "List", &["customers/b", "x"]),
        Binding::new(&keys, "List", &["customers/ax", ""]),
        Binding::new(&keys, "Other", &["customers/a", "x"]),
    ];
    for other in others {
        assert_eq!(reason(&other, &token), ErrorReason::PageTokenMismatch);
    }
    for text in ["!", "AQ", "later", "AgAAAAAAAAAA"] {
        let none = reason(&Binding::new(&keys, "List", &[]), text);
        assert_eq!(none, ErrorReason::PageTokenInvalid, "{text}");
    }
}

#[tokio::test]
async fn a_token_of_which_any_bit_was_changed_is_invalid() {
    let binding = Binding::new(&keys().await, "List", &[]);
    let bytes = text::decode(&binding.token(&place("b"))).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = reason(&binding, &text::encode(&changed));
        assert_eq!(changed, ErrorReason::PageTokenInvalid, "bit {bit}");
    }
}

#[tokio::test]
async fn a_token_that_was_cut_short_or_lengthened_is_invalid() {
    let binding = Binding::new(&keys().await, "List", &[]);
    let bytes = text::decode(&binding.token(&place("b"))).unwrap();
    for length in 1..bytes.len() {
        let cut = reason(&binding, &text::encode(&bytes[..length]));
        assert_eq!(cut, ErrorReason::PageTokenInvalid, "{length} bytes");
    }
    let lengthened = text::encode(&[&bytes[..], &[0]].concat());
    assert_eq!(reason(&binding, &lengthened), ErrorReason::PageTokenInvalid);
    let endless = "A".repeat(1 << 20);
    assert_eq!(reason(&binding, &endless), ErrorReason::PageTokenInvalid);
}

#[tokio::test]
async fn a_token_of_another_database_is_invalid() {
    let here = Binding::new(&keys().await, "List", &[]);
    let elsewhere = Binding::new(&keys().await, "List", &[]);
    let token = elsewhere.token(&place("b"));
    assert_eq!(reason(&here, &token), ErrorReason::PageTokenInvalid);
}

#[tokio::test]
async fn a_token_of_the_format_before_is_invalid() {
    let binding = Binding::new(&keys().await, "List", &[]);
    let content = [&[1_u8], &binding.digest[..], &place("b").encode_to_vec()].concat();
    let earlier = reason(&binding, &text::encode(&content));
    assert_eq!(earlier, ErrorReason::PageTokenInvalid);
}

#[tokio::test]
async fn an_authentic_token_whose_place_no_list_has_is_invalid() {
    let binding = Binding::new(&keys().await, "List", &[]);
    let nowhere = binding.token(&place("nowhere"));
    assert_eq!(reason(&binding, &nowhere), ErrorReason::PageTokenInvalid);
}
