use std::sync::Arc;

use seatkeeper_domain::{BatchState, ChangeErrorReason, CustomerId, FieldViolation, ProductId};
use seatkeeper_engine::{
    EngineError, Invalid, InvalidKind, LimitKind, Resource, ResourceKind, Shortage,
};
use seatkeeper_store::{SharedSource, StoreError};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::error::ServerError;

fn status(error: EngineError) -> Status {
    ServerError::from(error).into()
}

fn details(error: EngineError) -> (Code, String, ErrorDetails) {
    let status = status(error);
    let details = status.get_error_details();
    let info = details
        .error_info()
        .expect("every error carries one ErrorInfo");
    (status.code(), info.reason.clone(), details)
}

fn resource(kind: ResourceKind) -> Resource {
    Resource {
        kind,
        name: "customers/c/things/t".to_owned(),
    }
}

fn source() -> SharedSource {
    Arc::new(std::io::Error::other("the cause"))
}

fn invalid(kind: InvalidKind) -> EngineError {
    let (field, description) = ("field".to_owned(), "description".to_owned());
    EngineError::Invalid(vec![Invalid {
        field,
        description,
        kind,
    }])
}

fn change(reason: ChangeErrorReason) -> EngineError {
    let (field, description) = ("change".to_owned(), "description".to_owned());
    EngineError::InvalidChange(vec![FieldViolation {
        field,
        reason,
        description,
        product: None,
        service_plan: None,
    }])
}

fn limit(kind: LimitKind) -> EngineError {
    EngineError::Limit {
        kind,
        given: 2,
        max: 1,
    }
}

fn product() -> ProductId {
    ProductId::parse("p").unwrap()
}

fn assert_statuses(cases: Vec<(EngineError, Code, &str)>) {
    for (error, code, reason) in cases {
        let case = format!("{error:?}");
        let (actual_code, actual_reason, _) = details(error);
        assert_eq!(
            (actual_code, actual_reason.as_str()),
            (code, reason),
            "{case}"
        );
    }
}

#[test]
fn request_mistakes_are_invalid_arguments() {
    let code = Code::InvalidArgument;
    assert_statuses(vec![
        (invalid(InvalidKind::Value), code, "INVALID_FIELD"),
        (
            invalid(InvalidKind::EmptySelection),
            code,
            "EMPTY_SELECTION",
        ),
        (
            invalid(InvalidKind::UnknownProduct(product())),
            code,
            "UNKNOWN_PRODUCT",
        ),
        (
            invalid(InvalidKind::RetiredProduct(product())),
            code,
            "PRODUCT_RETIRED",
        ),
        (
            limit(LimitKind::AllOrNothingUsers),
            code,
            "TOO_MANY_USERS_FOR_MODE",
        ),
    ]);
}

#[test]
fn missing_resources_are_not_found() {
    let missing = |kind| EngineError::NotFound(resource(kind));
    let code = Code::NotFound;
    assert_statuses(vec![
        (missing(ResourceKind::Customer), code, "CUSTOMER_NOT_FOUND"),
        (missing(ResourceKind::User), code, "USER_NOT_FOUND"),
        (missing(ResourceKind::Product), code, "PRODUCT_NOT_FOUND"),
        (
            missing(ResourceKind::Entitlement),
            code,
            "ENTITLEMENT_NOT_FOUND",
        ),
        (missing(ResourceKind::Purchase), code, "PURCHASE_NOT_FOUND"),
        (missing(ResourceKind::Batch), code, "BATCH_NOT_FOUND"),
        (
            missing(ResourceKind::Selection),
            code,
            "SELECTION_NOT_FOUND",
        ),
    ]);
}

#[test]
fn taken_identifiers_already_exist() {
    let taken = |kind| EngineError::AlreadyExists(resource(kind));
    let reused = EngineError::RequestIdReused {
        request_id: "r".to_owned(),
    };
    let code = Code::AlreadyExists;
    assert_statuses(vec![
        (
            taken(ResourceKind::Customer),
            code,
            "CUSTOMER_ALREADY_EXISTS",
        ),
        (taken(ResourceKind::User), code, "USER_ALREADY_EXISTS"),
        (
            taken(ResourceKind::Purchase),
            code,
            "PURCHASE_ALREADY_EXISTS",
        ),
        (
            taken(ResourceKind::Selection),
            code,
            "SELECTION_ALREADY_EXISTS",
        ),
        (reused, code, "REQUEST_ID_REUSED"),
    ]);
}

#[test]
fn state_conflicts_are_failed_preconditions() {
    let shortage = Shortage {
        product: product(),
        needed: 3,
        available: 1,
    };
    let in_use = EngineError::SeatsInUse {
        entitlement: resource(ResourceKind::Entitlement),
        in_use: 2,
        remaining: 1,
    };
    let not_empty = EngineError::CustomerNotEmpty {
        customer: CustomerId::parse("c").unwrap(),
        users: 1,
        unfinished_batches: 0,
    };
    let licensed = EngineError::UserHasLicenses {
        user: resource(ResourceKind::User),
        licenses: 1,
    };
    let ended = EngineError::BatchEnded {
        name: "customers/c/batches/b".to_owned(),
        state: BatchState::Cancelled,
    };
    let code = Code::FailedPrecondition;
    assert_statuses(vec![
        (EngineError::CatalogEmpty, code, "CATALOG_EMPTY"),
        (EngineError::SeatsShort(vec![shortage]), code, "SEATS_SHORT"),
        (in_use, code, "SEATS_IN_USE"),
        (not_empty, code, "CUSTOMER_NOT_EMPTY"),
        (licensed, code, "USER_HAS_LICENSES"),
        (ended, code, "BATCH_FINISHED"),
    ]);
}

#[test]
fn concurrent_changes_abort() {
    let changed = EngineError::EtagMismatch(resource(ResourceKind::User));
    assert_statuses(vec![
        (changed, Code::Aborted, "ETAG_MISMATCH"),
        (
            EngineError::CatalogConflict,
            Code::Aborted,
            "CONCURRENT_IMPORT",
        ),
    ]);
}

#[test]
fn exceeded_limits_exhaust_a_resource() {
    let code = Code::ResourceExhausted;
    assert_statuses(vec![
        (limit(LimitKind::BatchUsers), code, "LIMIT_REACHED"),
        (limit(LimitKind::UnfinishedBatches), code, "LIMIT_REACHED"),
        (limit(LimitKind::ServerBatches), code, "LIMIT_REACHED"),
        (EngineError::PendingBatchExpired, code, "LIMIT_REACHED"),
    ]);
}

#[test]
fn unavailability_is_distinguished_from_defects() {
    use Code::{Internal, Unavailable};
    assert_statuses(vec![
        (
            StoreError::Unavailable(source()).into(),
            Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            StoreError::Conflict(source()).into(),
            Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            StoreError::Full(source()).into(),
            Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            StoreError::CommitUnknown(source()).into(),
            Unavailable,
            "OUTCOME_UNKNOWN",
        ),
        (EngineError::Draining, Unavailable, "SERVER_DRAINING"),
        (StoreError::Database(source()).into(), Internal, "INTERNAL"),
        (EngineError::TaskLost, Internal, "INTERNAL"),
    ]);
}

#[test]
fn every_mistake_in_a_change_has_a_reason_of_its_own() {
    let cases = [
        (ChangeErrorReason::EmptyChange, "EMPTY_CHANGE"),
        (ChangeErrorReason::UnknownProduct, "UNKNOWN_PRODUCT"),
        (ChangeErrorReason::RetiredProduct, "PRODUCT_RETIRED"),
        (ChangeErrorReason::DuplicateProduct, "DUPLICATE_PRODUCT"),
        (
            ChangeErrorReason::AssignedAndRevoked,
            "PRODUCT_ASSIGNED_AND_REVOKED",
        ),
        (
            ChangeErrorReason::ForeignServicePlan,
            "FOREIGN_SERVICE_PLAN",
        ),
        (ChangeErrorReason::CompanyServicePlan, "PLAN_NOT_SWITCHABLE"),
        (
            ChangeErrorReason::DuplicateServicePlan,
            "DUPLICATE_SERVICE_PLAN",
        ),
    ];
    for (mistake, reason) in cases {
        let (code, actual, details) = details(change(mistake));
        assert_eq!((code, actual.as_str()), (Code::InvalidArgument, reason));
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(
            (violations[0].field.as_str(), violations[0].reason.as_str()),
            ("change", reason)
        );
    }
}

#[test]
fn retryable_errors_carry_retry_info() {
    for error in [
        EngineError::Draining,
        EngineError::from(StoreError::Unavailable(source())),
        EngineError::from(StoreError::CommitUnknown(source())),
        limit(LimitKind::UnfinishedBatches),
        limit(LimitKind::ServerBatches),
    ] {
        let case = format!("{error:?}");
        assert!(details(error).2.retry_info().is_some(), "{case}");
    }
}

#[test]
fn a_missing_resource_is_named_by_type_and_name() {
    let (_, _, details) = details(EngineError::NotFound(resource(ResourceKind::User)));
    let info = details.resource_info().unwrap();
    assert_eq!(info.resource_type, "seatkeeper/User");
    assert_eq!(info.resource_name, "customers/c/things/t");
}

#[test]
fn a_missing_catalog_version_is_a_defect() {
    let (code, reason, _) = details(EngineError::NotFound(resource(
        ResourceKind::CatalogVersion,
    )));
    assert_eq!((code, reason.as_str()), (Code::Internal, "INTERNAL"));
}

#[test]
fn a_defect_reports_an_id_and_not_its_cause() {
    let status = status(EngineError::from(StoreError::Database(source())));
    assert!(
        !status.message().contains("the cause"),
        "{}",
        status.message()
    );
    let details = status.get_error_details();
    let id = details.error_info().unwrap().metadata["request_log_id"].clone();
    assert!(status.message().contains(&id));
}

#[test]
fn only_the_first_twenty_field_errors_are_reported() {
    let mistakes = (0..30).map(|index| Invalid {
        field: format!("names[{index}]"),
        description: "is wrong".to_owned(),
        kind: InvalidKind::Value,
    });
    let (_, _, details) = details(EngineError::Invalid(mistakes.collect()));
    assert_eq!(details.bad_request().unwrap().field_violations.len(), 20);
}

/// The bytes that a status takes in the headers of a response.
fn header_bytes(status: &Status) -> usize {
    let headers = status.clone().into_http::<()>().headers().clone();
    ["grpc-message", "grpc-status-details-bin"]
        .iter()
        .filter_map(|name| headers.get(*name))
        .map(http::HeaderValue::len)
        .sum()
}

/// Asserts that a status with long texts stays within the header limit and keeps its reason.
fn assert_fits(status: &Status) {
    let bytes = header_bytes(status);
    assert!(bytes <= crate::limits::STATUS_BYTES_MAX, "{bytes} bytes");
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert!(!info.reason.is_empty());
    assert_eq!(info.domain, seatkeeper_proto::ERROR_DOMAIN);
}

/// A mebibyte of characters that take the most bytes in a header.
fn long() -> String {
    "ä".repeat(512 * 1024)
}

#[test]
fn a_missing_resource_with_a_long_name_fits_the_headers() {
    for name in [long(), "x".repeat(1024 * 1024)] {
        let missing = Resource {
            kind: ResourceKind::User,
            name,
        };
        let status = status(EngineError::NotFound(missing));
        assert_fits(&status);
        let details = status.get_error_details();
        assert!(
            details
                .resource_info()
                .unwrap()
                .resource_name
                .ends_with('…')
        );
    }
}

#[test]
fn wrong_fields_are_reported_while_there_is_room() {
    let mut errors = crate::error::FieldErrors::default();
    for index in 0..50 {
        let error = crate::error::FieldError::invalid(format!("names[{index}]"), long());
        errors.push(error.with("name", long()).with("pattern", long()));
    }
    let status = Status::from(ServerError::from(errors));
    assert_fits(&status);
    let details = status.get_error_details();
    let reported = &details.bad_request().unwrap().field_violations;
    assert!(reported.len() > 1, "{}", reported.len());
    assert_eq!(reported[0].field, "names[0]");
    assert!(
        status.message().ends_with("(and 49 more)"),
        "{}",
        status.message()
    );
}

#[test]
fn twenty_wrong_names_of_users_fit_the_headers() {
    let mut errors = crate::error::FieldErrors::default();
    for index in 0..20 {
        let field = format!("selection.users.names[{index}]");
        let name = format!("customers/another/users/user-{index}");
        let description =
            format!("{name} does not belong to customers/contoso, which the request is about");
        errors.push(
            crate::error::FieldError::invalid(field, description)
                .with("name", name)
                .with("parent", "customers/contoso"),
        );
    }
    let status = Status::from(ServerError::from(errors));
    assert_fits(&status);
    let details = status.get_error_details();
    assert!(details.bad_request().unwrap().field_violations.len() >= 10);
}

#[test]
fn a_hundred_short_products_fit_the_headers() {
    let shortage = |index| Shortage {
        product: ProductId::parse(&format!("{index}-{}", "p".repeat(60))).unwrap(),
        needed: i64::MAX,
        available: 1,
    };
    let status = status(EngineError::SeatsShort((100..200).map(shortage).collect()));
    assert_fits(&status);
    let details = status.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert!(metadata.contains_key("product_1"), "{metadata:?}");
    assert!(details.precondition_failure().unwrap().violations.len() > 1);
}

#[test]
fn a_quota_of_a_long_subject_fits_the_headers() {
    let builder = super::builder::StatusBuilder::new(Code::ResourceExhausted, v1_reason(), long());
    let builder = builder.quota(&long(), long()).with(long(), long());
    assert_fits(&builder.retry_after(std::time::Duration::MAX).into_status());
}

fn v1_reason() -> seatkeeper_proto::v1::ErrorReason {
    seatkeeper_proto::v1::ErrorReason::LimitReached
}
