use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};

use super::*;
use crate::limits::{
    CATALOG_NAMES_MAX, CHANGE_PRODUCTS_MAX, IMPORTED_USERS_MAX, LISTED_USERS_MAX,
    PRODUCT_PLANS_MAX, REQUEST_FIELDS_MAX, VIOLATION_TYPES_MAX,
};
use crate::v1::{self, import_catalog_request, import_users_request, user_selector};

const BATCH: &str = "/seatkeeper.v1.LicenseService/BatchUpdateLicenses";
const IMPORT_USERS: &str = "/seatkeeper.v1.DirectoryService/ImportUsers";
const IMPORT_CATALOG: &str = "/seatkeeper.v1.CatalogService/ImportCatalog";
const RETRY: &str = "/seatkeeper.v1.BatchService/RetryFailedBatch";
const GET_BATCH: &str = "/seatkeeper.v1.BatchService/GetBatch";

fn check(path: &str, bytes: &[u8]) -> Result<Decoded, Refusal> {
    let schema = RequestSchema::of_contract();
    schema.check(schema.method(path).unwrap(), bytes)
}

/// The path, count and maximum of a list that is too long.
fn too_long(path: &str, bytes: &[u8]) -> (String, usize, usize) {
    match check(path, bytes) {
        Err(Refusal::ListTooLong {
            field, given, max, ..
        }) => (field, given, max),
        other => panic!("{other:?}"),
    }
}

fn users(count: usize) -> v1::BatchUpdateLicensesRequest {
    let names = vec![String::new(); count];
    v1::BatchUpdateLicensesRequest {
        selection: Some(v1::UserSelector {
            kind: Some(user_selector::Kind::Users(v1::UserList { names })),
        }),
        ..v1::BatchUpdateLicensesRequest::default()
    }
}

fn items(items: import_catalog_request::Items) -> Vec<u8> {
    let content = Some(import_catalog_request::Content::Items(items));
    v1::ImportCatalogRequest { content }.encode_to_vec()
}

fn field(number: u32, contents: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut bytes);
    encode_varint(contents.len() as u64, &mut bytes);
    bytes.extend_from_slice(contents);
    bytes
}

#[test]
fn every_list_of_a_request_has_a_maximum() {
    let schema = RequestSchema::of_contract();
    let without: Vec<_> = schema
        .lists()
        .filter(|(_, _, limit)| limit.is_none())
        .map(|(message, field, _)| format!("{message}.{field}"))
        .collect();
    assert!(without.is_empty(), "add to lists.rs: {without:#?}");
    assert!(schema.lists().count() > 20);
}

#[test]
fn every_limit_belongs_to_a_list_of_a_request() {
    let schema = RequestSchema::of_contract();
    for limit in lists::LISTS {
        for name in limit.fields {
            let found = schema
                .lists()
                .any(|(message, field, _)| message == limit.message && field == *name);
            assert!(found, "{}.{name}", limit.message);
        }
    }
}

#[test]
fn a_list_of_the_greatest_length_passes_and_one_more_is_counted() {
    let most = users(LISTED_USERS_MAX).encode_to_vec();
    assert_eq!(check(BATCH, &most).unwrap().elements, LISTED_USERS_MAX);
    let more = users(LISTED_USERS_MAX + 150_000).encode_to_vec();
    let counted = too_long(BATCH, &more);
    let expected = ("selection.users.names".to_owned(), 250_000, 100_000);
    assert_eq!(counted, expected);
}

#[test]
fn a_message_that_is_repeated_for_a_single_field_is_counted_together() {
    let half = users(LISTED_USERS_MAX / 2 + 1).encode_to_vec();
    let both = [half.clone(), half].concat();
    let (field, given, max) = too_long(BATCH, &both);
    assert_eq!(field, "selection.users.names");
    assert_eq!((given, max), (LISTED_USERS_MAX + 2, LISTED_USERS_MAX));
}

#[test]
fn lists_with_one_maximum_are_counted_together() {
    let request = v1::BatchUpdateLicensesRequest {
        change: Some(v1::Change {
            assign: vec![v1::Assignment::default(); CHANGE_PRODUCTS_MAX],
            revoke: vec![String::new(); 3],
        }),
        ..v1::BatchUpdateLicensesRequest::default()
    };
    let counted = too_long(BATCH, &request.encode_to_vec());
    assert_eq!(counted, ("change".to_owned(), 103, CHANGE_PRODUCTS_MAX));
}

#[test]
fn a_list_inside_a_list_is_named_by_its_path() {
    let product = |plans| v1::Product {
        service_plans: vec![String::new(); plans],
        ..v1::Product::default()
    };
    let bytes = items(import_catalog_request::Items {
        products: vec![product(1), product(PRODUCT_PLANS_MAX + 1)],
        ..import_catalog_request::Items::default()
    });
    let counted = too_long(IMPORT_CATALOG, &bytes);
    let field = "items.products[1].service_plans".to_owned();
    assert_eq!(counted, (field, PRODUCT_PLANS_MAX + 1, PRODUCT_PLANS_MAX));
}

#[test]
fn lists_of_many_items_are_counted_over_the_whole_message() {
    let product = v1::Product {
        service_plans: vec![String::new(); PRODUCT_PLANS_MAX],
        ..v1::Product::default()
    };
    let products = |count| {
        items(import_catalog_request::Items {
            products: vec![product.clone(); count],
            ..import_catalog_request::Items::default()
        })
    };
    let most = CATALOG_NAMES_MAX / PRODUCT_PLANS_MAX;
    assert!(check(IMPORT_CATALOG, &products(most)).is_ok());
    let (_, given, max) = too_long(IMPORT_CATALOG, &products(most + 1));
    assert_eq!(
        (given, max),
        (CATALOG_NAMES_MAX + PRODUCT_PLANS_MAX, CATALOG_NAMES_MAX)
    );
}

#[test]
fn empty_messages_are_elements_too() {
    let users = vec![v1::User::default(); IMPORTED_USERS_MAX + 1];
    let batch = import_users_request::UserBatch { users };
    let content = Some(import_users_request::Content::Users(batch));
    let request = v1::ImportUsersRequest { content };
    let (field, given, _) = too_long(IMPORT_USERS, &request.encode_to_vec());
    assert_eq!(field, "users.users");
    assert_eq!(given, IMPORTED_USERS_MAX + 1);
}

#[test]
fn numbers_are_counted_packed_or_not() {
    let packed = v1::RetryFailedBatchRequest {
        violation_types: vec![300; VIOLATION_TYPES_MAX + 1],
        ..v1::RetryFailedBatchRequest::default()
    };
    let counted = too_long(RETRY, &packed.encode_to_vec());
    let expected = ("violation_types".to_owned(), 101, 100);
    assert_eq!(counted, expected);
    let mut single = Vec::new();
    for _ in 0..=VIOLATION_TYPES_MAX {
        encode_key(2, WireType::Varint, &mut single);
        encode_varint(1, &mut single);
    }
    assert_eq!(too_long(RETRY, &single), expected);
}

#[test]
fn unknown_fields_are_skipped_but_counted() {
    let few = field(1_000, b"future");
    assert!(check(GET_BATCH, &few).is_ok());
    let many = field(1_000, b"").repeat(REQUEST_FIELDS_MAX + 1);
    let max = REQUEST_FIELDS_MAX;
    assert_eq!(check(GET_BATCH, &many), Err(Refusal::TooManyFields { max }));
    let same = field(1, b"").repeat(REQUEST_FIELDS_MAX + 1);
    assert_eq!(check(GET_BATCH, &same), Err(Refusal::TooManyFields { max }));
}

#[test]
fn bytes_that_are_no_message_are_refused() {
    let outside = [&field(3, &field(1, b"x"))[..3], &[0x7f]].concat();
    for malformed in [
        &[0x80][..],         // A key that does not end.
        &[0xff; 11],         // A varint that is too long.
        &[0x00],             // Field number zero.
        &[0x0b, 0x0c],       // A group.
        &[0x0e],             // A wire type that does not exist.
        &[0x0a, 0x05, b'a'], // A text past the end.
        &[
            0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ],
        &[0x18, 0x01],    // A number for a message.
        &[0x08, 0x01],    // A number for a text.
        &[0x09, 0, 0, 0], // A number of eight bytes that is cut short.
        &outside,         // A text past the end of its message.
    ] {
        assert_eq!(
            check(BATCH, malformed),
            Err(Refusal::Malformed),
            "{malformed:?}"
        );
    }
}

#[test]
fn no_bytes_make_the_check_panic_and_what_prost_decodes_it_passes() {
    // Deterministic noise over a message of every kind of field.
    let mut request = users(3);
    request.parent = "customers/contoso".to_owned();
    request.change = Some(v1::Change {
        assign: vec![v1::Assignment {
            disabled_plans: vec!["a".to_owned()],
            ..v1::Assignment::default()
        }],
        revoke: vec!["b".to_owned()],
    });
    let whole = request.encode_to_vec();
    let mut state = 1_u64;
    for round in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..=round % 3 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let index = usize::try_from(state >> 33).unwrap() % bytes.len();
            bytes[index] = state.to_le_bytes()[7];
        }
        let decodes = v1::BatchUpdateLicensesRequest::decode(&bytes[..]).is_ok();
        let passes = check(BATCH, &bytes).is_ok();
        // The check rejects groups, although prost skips unknown groups.
        assert!(
            passes || !decodes || bytes.iter().any(|byte| byte & 7 == 3),
            "{bytes:?}"
        );
    }
}

#[test]
fn messages_are_never_deeper_than_the_check_goes() {
    fn depth(schema: &RequestSchema, message: usize) -> usize {
        let fields = schema.message(message).fields();
        let inner = fields.map(|(_, field)| match field.kind {
            schema::Kind::Message(inner) => depth(schema, inner),
            schema::Kind::Text | schema::Kind::Number(_) => 0,
        });
        1 + inner.max().unwrap_or(0)
    }
    let schema = RequestSchema::of_contract();
    for (path, method) in schema.methods() {
        assert!(depth(schema, method.request) <= check::DEPTH_MAX, "{path}");
    }
}
