use tonic_types::{ErrorDetails, StatusExt};

use super::*;

fn status() -> Status {
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation("seat_count", "must be at least 1");
    details.set_error_info(
        "INVALID_FIELD",
        "seatkeeper",
        [("field".to_owned(), "seat_count".to_owned())],
    );
    details.set_retry_info(Some(Duration::from_millis(250)));
    Status::with_error_details(Code::InvalidArgument, "one field is wrong", details)
}

#[test]
fn people_read_message_fields_reason_and_delay() {
    let text = report(&status()).to_string();
    for part in [
        "one field is wrong",
        "seat_count: must be at least 1",
        "INVALID_ARGUMENT, INVALID_FIELD",
        "250 ms",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn programs_read_the_same() {
    let object = report(&status()).to_json();
    assert_eq!(object["code"], "INVALID_ARGUMENT");
    assert_eq!(object["reason"], "INVALID_FIELD");
    assert_eq!(object["violations"][0]["subject"], "seat_count");
    assert_eq!(object["metadata"]["field"], "seat_count");
    assert_eq!(object["retry_after_ms"], 250);
}

#[test]
fn details_already_in_the_message_are_not_repeated() {
    let mut details = ErrorDetails::new();
    details.add_bad_request_violation("filter", "does not parse");
    let status =
        Status::with_error_details(Code::InvalidArgument, "filter: does not parse", details);
    let text = report(&status).to_string();
    assert_eq!(text.matches("does not parse").count(), 1, "{text}");
}

#[test]
fn a_status_inside_a_message_reads_like_one_of_a_call() {
    let inside = tonic_types::Status {
        code: Code::AlreadyExists.into(),
        message: "the user exists".to_owned(),
        details: Vec::new(),
    };
    let report = report_of_rpc(&inside);
    assert_eq!(report.to_json()["code"], "ALREADY_EXISTS");
    assert_eq!(report.in_one_line(), "the user exists");
}
