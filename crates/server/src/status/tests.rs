use seatkeeper_domain::{BatchState, ChangeErrorReason, CustomerId, FieldViolation, ProductId};
use seatkeeper_engine::{
    EngineError, Invalid, InvalidKind, LimitKind, Resource, ResourceKind, Shortage,
};
use seatkeeper_store::StoreError;
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

fn source() -> Box<dyn std::error::Error + Send + Sync> {
    "the cause".into()
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

#[test]
fn every_error_of_the_engine_has_its_code_and_reason() {
    use Code::{
        Aborted, AlreadyExists, FailedPrecondition, Internal, InvalidArgument, NotFound,
        ResourceExhausted, Unavailable, Unimplemented,
    };
    let customer = CustomerId::parse("c").unwrap();
    let name = "customers/c/batches/b".to_owned();
    let cases = [
        (
            invalid(InvalidKind::Value),
            InvalidArgument,
            "INVALID_FIELD",
        ),
        (
            invalid(InvalidKind::EmptySelection),
            InvalidArgument,
            "EMPTY_SELECTION",
        ),
        (
            invalid(InvalidKind::UnknownProduct(product())),
            InvalidArgument,
            "UNKNOWN_PRODUCT",
        ),
        (
            invalid(InvalidKind::RetiredProduct(product())),
            InvalidArgument,
            "PRODUCT_RETIRED",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::Customer)),
            NotFound,
            "CUSTOMER_NOT_FOUND",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::User)),
            NotFound,
            "USER_NOT_FOUND",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::Product)),
            NotFound,
            "PRODUCT_NOT_FOUND",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::Entitlement)),
            NotFound,
            "ENTITLEMENT_NOT_FOUND",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::Purchase)),
            NotFound,
            "PURCHASE_NOT_FOUND",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::Batch)),
            NotFound,
            "BATCH_NOT_FOUND",
        ),
        (
            EngineError::NotFound(resource(ResourceKind::Selection)),
            NotFound,
            "SELECTION_NOT_FOUND",
        ),
        (
            EngineError::AlreadyExists(resource(ResourceKind::User)),
            AlreadyExists,
            "USER_ALREADY_EXISTS",
        ),
        (
            EngineError::EtagMismatch(resource(ResourceKind::User)),
            Aborted,
            "ETAG_MISMATCH",
        ),
        (
            EngineError::CatalogEmpty,
            FailedPrecondition,
            "CATALOG_EMPTY",
        ),
        (EngineError::CatalogConflict, Aborted, "CONCURRENT_IMPORT"),
        (
            EngineError::RequestIdReused {
                request_id: "r".to_owned(),
            },
            AlreadyExists,
            "REQUEST_ID_REUSED",
        ),
        (
            EngineError::SeatsShort(vec![Shortage {
                product: product(),
                needed: 3,
                available: 1,
            }]),
            FailedPrecondition,
            "SEATS_SHORT",
        ),
        (
            EngineError::SeatsInUse {
                product: product(),
                in_use: 2,
                remaining: 1,
            },
            FailedPrecondition,
            "SEATS_IN_USE",
        ),
        (
            EngineError::CustomerNotEmpty {
                customer,
                users: 1,
                unfinished_batches: 0,
            },
            FailedPrecondition,
            "CUSTOMER_NOT_EMPTY",
        ),
        (
            EngineError::UserHasLicenses {
                user: resource(ResourceKind::User),
                licenses: 1,
            },
            FailedPrecondition,
            "USER_HAS_LICENSES",
        ),
        (
            EngineError::BatchEnded {
                name,
                state: BatchState::Cancelled,
            },
            FailedPrecondition,
            "BATCH_FINISHED",
        ),
        (
            limit(LimitKind::BatchUsers),
            ResourceExhausted,
            "LIMIT_REACHED",
        ),
        (
            limit(LimitKind::UnfinishedBatches),
            ResourceExhausted,
            "LIMIT_REACHED",
        ),
        (
            limit(LimitKind::AllOrNothingUsers),
            InvalidArgument,
            "TOO_MANY_USERS_FOR_MODE",
        ),
        (
            EngineError::DraftExpired,
            ResourceExhausted,
            "LIMIT_REACHED",
        ),
        (
            EngineError::NotImplemented { what: "it" },
            Unimplemented,
            "NOT_IMPLEMENTED",
        ),
        (EngineError::Draining, Unavailable, "SERVER_DRAINING"),
        (
            EngineError::from(StoreError::Unavailable(source())),
            Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            EngineError::from(StoreError::Conflict(source())),
            Unavailable,
            "STORE_UNAVAILABLE",
        ),
        (
            EngineError::from(StoreError::CommitUnknown(source())),
            Unavailable,
            "OUTCOME_UNKNOWN",
        ),
        (
            EngineError::from(StoreError::Database(source())),
            Internal,
            "INTERNAL",
        ),
        (EngineError::TaskLost, Internal, "INTERNAL"),
    ];
    for (error, code, reason) in cases {
        let case = format!("{error:?}");
        let (told_code, told_reason, _) = details(error);
        assert_eq!((told_code, told_reason.as_str()), (code, reason), "{case}");
    }
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
        let (code, told, details) = details(change(mistake));
        assert_eq!((code, told.as_str()), (Code::InvalidArgument, reason));
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(
            (violations[0].field.as_str(), violations[0].reason.as_str()),
            ("change", reason)
        );
    }
}

#[test]
fn what_waiting_helps_says_for_how_long() {
    for error in [
        EngineError::Draining,
        EngineError::from(StoreError::Unavailable(source())),
        EngineError::from(StoreError::CommitUnknown(source())),
        limit(LimitKind::UnfinishedBatches),
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
fn a_defect_tells_an_id_and_not_its_cause() {
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
fn of_many_wrong_fields_the_first_twenty_are_told() {
    let mistakes = (0..30).map(|index| Invalid {
        field: format!("names[{index}]"),
        description: "is wrong".to_owned(),
        kind: InvalidKind::Value,
    });
    let (_, _, details) = details(EngineError::Invalid(mistakes.collect()));
    assert_eq!(details.bad_request().unwrap().field_violations.len(), 20);
}
