use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};

use super::*;
use crate::FILE_DESCRIPTOR_SET;
use crate::v1::{Outcome, Violation, ViolationType};

const USER: &str = "customers/contoso/users/6fd2c87f-b296-42f0-b197-1e91e994b900";

fn failed() -> Vec<LicenseResult> {
    let product = |name: &str, outcome: Outcome, violations| LicenseResult {
        product: name.to_owned(),
        outcome: outcome.into(),
        violations,
        warnings: Vec::new(),
    };
    let blocked = Violation {
        r#type: ViolationType::UserBlocked.into(),
        ..Violation::default()
    };
    vec![
        product("products/suite", Outcome::Failed, vec![blocked]),
        product("products/addon", Outcome::Unchanged, Vec::new()),
    ]
}

fn license(name: String) -> License {
    License {
        name,
        product: "products/suite".to_owned(),
        disabled_plans: vec!["products/suite/servicePlans/mail".to_owned()],
        ..License::default()
    }
}

fn result(sequence_number: i64, request_index: Option<i64>) -> UserResult {
    UserResult {
        sequence_number,
        user: USER.to_owned(),
        request_index,
        license_results: failed(),
        licenses: vec![license(format!("{USER}/licenses/suite"))],
    }
}

fn encoded(results: &[UserResult]) -> BatchResults {
    let licenses = vec![("/licenses/suite".to_owned(), license(String::new()))];
    let shared = SharedResult::new(&failed(), licenses);
    let mut encoded = EncodedResults::with_capacity(results.len(), &shared);
    for result in results {
        let (number, index) = (result.sequence_number, result.request_index);
        encoded.push(number, &result.user, index, &shared);
    }
    BatchResults {
        results: Vec::new(),
        encoded,
    }
}

#[test]
fn results_encoded_ahead_are_those_encoded_in_place() {
    let results = vec![
        result(1, None),
        result(128, Some(0)),
        result(i64::MAX, Some(999_999)),
    ];
    let ahead = encoded(&results);
    let in_place = BatchResults {
        results: results.clone(),
        encoded: EncodedResults::default(),
    };
    assert_eq!(ahead.encoded_len(), in_place.encoded_len());
    assert_eq!(ahead.encode_to_vec(), in_place.encode_to_vec());
    let decoded = BatchResults::decode(ahead.encode_to_vec().as_slice());
    assert_eq!(decoded.unwrap(), in_place);
}

#[test]
fn results_encoded_ahead_are_what_the_contract_says() {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let descriptor = pool
        .get_message_by_name("seatkeeper.v1.BatchResults")
        .unwrap();
    let bytes = encoded(&[result(7, Some(3))]).encode_to_vec();
    let message = DynamicMessage::decode(descriptor, bytes.as_slice()).unwrap();
    let decoded: Vec<UserResult> = message
        .get_field_by_name("results")
        .unwrap()
        .as_list()
        .unwrap()
        .iter()
        .map(|result| result.as_message().unwrap().transcode_to().unwrap())
        .collect();
    assert_eq!(decoded, [result(7, Some(3))]);
}

#[test]
fn no_result_is_larger_than_what_is_allowed_for_it() {
    let licenses = vec![("/licenses/suite".to_owned(), license(String::new()))];
    let shared = SharedResult::new(&failed(), licenses);
    let largest = encoded(&[result(i64::MAX, Some(i64::MAX))]).encoded_len();
    assert!(largest <= shared.encoded_len_max(USER.len()));
}
