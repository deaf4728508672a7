use seatkeeper_domain::{BatchState, ChangeErrorReason};
use seatkeeper_engine::{
    EngineError, Invalid, InvalidKind, LimitKind, Resource, SeatReleaseProblem,
    SeatReleaseRejection, Shortage,
};
use seatkeeper_proto::v1::ErrorReason;
use tonic::{Code, Status};

use super::builder::{StatusBuilder, defect};
use super::{fields, resource};
use crate::convert::names;
use crate::error::{FieldError, FieldErrors};
use crate::limits::{FIELD_ERRORS_REPORTED_MAX, RETRY_QUOTA, RETRY_UNAVAILABLE};

/// The status of an error of the engine.
pub(super) fn status(error: EngineError) -> Status {
    match error {
        EngineError::Invalid(invalid) => fields::status(&invalid_fields(invalid)),
        EngineError::InvalidChange(violations) => fields::status(&change_fields(violations)),
        EngineError::NotFound(ref missing) => {
            resource::missing(missing).unwrap_or_else(|| defect(&error))
        }
        EngineError::AlreadyExists(ref taken) => {
            resource::taken(taken).unwrap_or_else(|| defect(&error))
        }
        EngineError::EtagMismatch(changed) => resource::changed(&changed),
        EngineError::CatalogEmpty => catalog_empty(),
        EngineError::CatalogConflict => catalog_conflict(),
        EngineError::RequestIdReused { request_id } => request_id_reused(&request_id),
        EngineError::SeatsShort(shortages) => seats_short(&shortages),
        EngineError::SeatsInUse {
            entitlement,
            in_use,
            remaining,
        } => seats_in_use(&entitlement.name, in_use, remaining),
        EngineError::SeatReleaseRejected(rejections) => seat_release_rejected(&rejections),
        EngineError::CustomerNotEmpty {
            customer,
            users,
            unfinished_batches,
        } => customer_not_empty(&names::customer(&customer), users, unfinished_batches),
        EngineError::UserHasLicenses { user, licenses } => user_has_licenses(&user, licenses),
        EngineError::BatchEnded { name, state } => batch_ended(&name, state),
        EngineError::BatchUnfinished { name } => batch_running(&name),
        EngineError::NothingToRetry { name } => nothing_to(
            ErrorReason::NothingToRetry,
            "NOTHING_TO_RETRY",
            &name,
            "has no failed users to retry",
        ),
        EngineError::NothingToRevert { name } => nothing_to(
            ErrorReason::NothingToRevert,
            "NOTHING_TO_REVERT",
            &name,
            "changed nothing that can be reverted",
        ),
        EngineError::JournalPositionUnknown { given, min, max } => {
            journal_position_unknown(given, min, max)
        }
        EngineError::PendingBatchExpired => pending_batch_expired(),
        EngineError::Limit { kind, given, max } => limit(kind, given, max),
        EngineError::Draining => draining(None),
        EngineError::Unavailable(_) => unavailable(&error),
        EngineError::OutcomeUnknown(_) => outcome_unknown(&error),
        EngineError::Store(_) | EngineError::TaskLost => defect(&error),
    }
}

fn invalid_fields(invalid: Vec<Invalid>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for Invalid {
        field,
        description,
        kind,
    } in invalid
    {
        let (reason, product) = match kind {
            InvalidKind::EmptySelection => (ErrorReason::EmptySelection, None),
            InvalidKind::UnknownProduct(product) => (ErrorReason::UnknownProduct, Some(product)),
            InvalidKind::RetiredProduct(product) => (ErrorReason::ProductRetired, Some(product)),
            InvalidKind::Value => (ErrorReason::InvalidField, None),
        };
        let error = FieldError::new(field, reason, description);
        errors.push(match product {
            Some(product) => error.with("product", names::product(&product)),
            None => error,
        });
    }
    errors
}

fn change_fields(violations: Vec<seatkeeper_domain::FieldViolation>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for violation in violations {
        let reason = match violation.reason {
            ChangeErrorReason::EmptyChange => ErrorReason::EmptyChange,
            ChangeErrorReason::UnknownProduct => ErrorReason::UnknownProduct,
            ChangeErrorReason::RetiredProduct => ErrorReason::ProductRetired,
            ChangeErrorReason::DuplicateProduct => ErrorReason::DuplicateProduct,
            ChangeErrorReason::AssignedAndRevoked => ErrorReason::ProductAssignedAndRevoked,
            ChangeErrorReason::ForeignServicePlan => ErrorReason::ForeignServicePlan,
            ChangeErrorReason::CompanyServicePlan => ErrorReason::PlanNotSwitchable,
            ChangeErrorReason::DuplicateServicePlan => ErrorReason::DuplicateServicePlan,
        };
        let mut error = FieldError::new(violation.field, reason, violation.description);
        if let Some(product) = &violation.product {
            error = error.with("product", names::product(product));
            if let Some(plan) = &violation.service_plan {
                error = error.with("service_plan", names::service_plan(product, plan));
            }
        }
        errors.push(error);
    }
    errors
}

fn catalog_empty() -> Status {
    let message = "no catalog has been imported; call ImportCatalog first";
    StatusBuilder::new(Code::FailedPrecondition, ErrorReason::CatalogEmpty, message)
        .precondition("CATALOG_EMPTY", "catalog", message)
        .into_status()
}

fn catalog_conflict() -> Status {
    let message = "another catalog import was committed first; retry this one";
    StatusBuilder::new(Code::Aborted, ErrorReason::ConcurrentImport, message).into_status()
}

fn request_id_reused(request_id: &str) -> Status {
    let message = format!("request id {request_id:?} was used for another request; use a new one");
    StatusBuilder::new(Code::AlreadyExists, ErrorReason::RequestIdReused, message)
        .with("request_id", request_id)
        .into_status()
}

fn seats_short(shortages: &[Shortage]) -> Status {
    let descriptions = shortages.iter().map(|shortage| {
        let (product, short) = (names::product(&shortage.product), shortage.short());
        format!("{product} is short of {short}")
    });
    let message = format!(
        "not enough seats: {}",
        descriptions.collect::<Vec<_>>().join(", ")
    );
    let mut builder =
        StatusBuilder::new(Code::FailedPrecondition, ErrorReason::SeatsShort, message);
    for (index, shortage) in shortages.iter().enumerate() {
        let number = index + 1;
        let product = names::product(&shortage.product);
        let description = format!(
            "{} needed, {} available, {} short",
            shortage.needed,
            shortage.available,
            shortage.short()
        );
        builder = builder
            .with(format!("needed_count_{number}"), shortage.needed)
            .with(format!("available_count_{number}"), shortage.available)
            .with(format!("short_count_{number}"), shortage.short())
            .with(format!("product_{number}"), &product)
            .precondition("SEATS_SHORT", product, description);
    }
    builder.into_status()
}

fn seats_in_use(name: &str, in_use: i64, remaining: i64) -> Status {
    let message = format!(
        "{name}: {in_use} seats are in use and {remaining} would remain; revoke licenses first"
    );
    StatusBuilder::new(Code::FailedPrecondition, ErrorReason::SeatsInUse, &message)
        .with("name", name)
        .with("in_use_count", in_use)
        .with("remaining_count", remaining)
        .precondition("SEATS_IN_USE", name, message)
        .into_status()
}

fn seat_release_rejected(rejections: &[SeatReleaseRejection]) -> Status {
    let message = match rejections {
        [only] => format!("{} {}", only.user, describe(&only.problem)),
        rejections => format!(
            "the seats of {} users can't be released; nothing was done",
            rejections.len()
        ),
    };
    let mut builder = StatusBuilder::new(
        Code::FailedPrecondition,
        ErrorReason::SeatReleaseRejected,
        message,
    );
    if let Some(first) = rejections.first() {
        builder = builder.with("user", &first.user);
    }
    for SeatReleaseRejection { user, problem } in rejections.iter().take(FIELD_ERRORS_REPORTED_MAX)
    {
        builder = builder.precondition("SEAT_RELEASE_REJECTED", &user.name, describe(problem));
    }
    builder.into_status()
}

fn describe(problem: &SeatReleaseProblem) -> String {
    match problem {
        SeatReleaseProblem::NoSuchUser => "does not exist".to_owned(),
        SeatReleaseProblem::NotHeld => "does not hold the product".to_owned(),
        SeatReleaseProblem::NeededBy(product) => {
            let product = names::product(product);
            format!("can't release the seat: the user's license of {product} depends on it")
        }
    }
}

fn customer_not_empty(name: &str, users: i64, unfinished_batches: i64) -> Status {
    let message = format!(
        "{name} has {users} users and {unfinished_batches} unfinished batches; cancel the batches, \
         and set force to delete the users too"
    );
    StatusBuilder::new(
        Code::FailedPrecondition,
        ErrorReason::CustomerNotEmpty,
        &message,
    )
    .with("name", name)
    .with("user_count", users)
    .with("unfinished_batch_count", unfinished_batches)
    .precondition("CUSTOMER_NOT_EMPTY", name, message)
    .into_status()
}

fn user_has_licenses(user: &Resource, licenses: i64) -> Status {
    let message =
        format!("{user} holds {licenses} licenses; revoke them first, or set force to do both");
    StatusBuilder::new(
        Code::FailedPrecondition,
        ErrorReason::UserHasLicenses,
        &message,
    )
    .with("name", user)
    .with("license_count", licenses)
    .precondition("USER_HAS_LICENSES", &user.name, message)
    .into_status()
}

/// A user stream that times out gets the same kind of status as any other limit.
fn pending_batch_expired() -> Status {
    let message = "the user stream timed out and the batch was not started; send the users faster";
    StatusBuilder::new(Code::ResourceExhausted, ErrorReason::LimitReached, message)
        .with("limit", "user_stream_idle_timeout")
        .quota("user_stream_idle_timeout", message)
        .into_status()
}

fn batch_ended(batch: &str, state: BatchState) -> Status {
    let state = match state {
        BatchState::Preparing | BatchState::Running => "RUNNING",
        BatchState::Succeeded => "SUCCEEDED",
        BatchState::Cancelled => "CANCELLED",
    };
    let message = format!("{batch} has ended and can no longer be cancelled");
    StatusBuilder::new(
        Code::FailedPrecondition,
        ErrorReason::BatchFinished,
        &message,
    )
    .with("name", batch)
    .with("state", state)
    .precondition("BATCH_FINISHED", batch, message)
    .into_status()
}

fn batch_running(batch: &str) -> Status {
    let message = format!("{batch} has not ended; wait for it, or cancel it");
    StatusBuilder::new(
        Code::FailedPrecondition,
        ErrorReason::BatchRunning,
        &message,
    )
    .with("name", batch)
    .with("state", "RUNNING")
    .precondition("BATCH_RUNNING", batch, message)
    .into_status()
}

fn nothing_to(reason: ErrorReason, kind: &'static str, batch: &str, why: &str) -> Status {
    let message = format!("{batch} {why}");
    StatusBuilder::new(Code::FailedPrecondition, reason, &message)
        .with("name", batch)
        .precondition(kind, batch, message)
        .into_status()
}

fn journal_position_unknown(given: i64, min: i64, max: i64) -> Status {
    let message = if given < min {
        let first = min + 1;
        format!("entries after {given} were deleted by retention; the journal begins with {first}")
    } else {
        format!("can't resume after journal entry {given}: the last one so far is {max}")
    };
    StatusBuilder::new(Code::OutOfRange, ErrorReason::ResumePointUnknown, message)
        .with("given", given)
        .with("minimum", min)
        .with("maximum", max)
        .into_status()
}

fn limit(kind: LimitKind, given: i64, max: i64) -> Status {
    let message = format!("{kind}: {given} given, at most {max} allowed");
    let (limit, subject) = match kind {
        LimitKind::AllOrNothingUsers => {
            return StatusBuilder::new(
                Code::InvalidArgument,
                ErrorReason::TooManyUsersForMode,
                format!("{message}; use PER_USER or several batches"),
            )
            .with("mode", "ALL_OR_NOTHING")
            .with("given", given)
            .with("maximum", max)
            .into_status();
        }
        LimitKind::BatchUsers => ("users_per_batch", "batch"),
        LimitKind::UnfinishedBatches => ("unfinished_batches_per_customer", "customer"),
        LimitKind::ServerBatches => ("unfinished_batches_per_server", "server"),
        LimitKind::CallerBatches => ("unfinished_batches_per_caller", "caller"),
        LimitKind::CallerCustomerBatches => {
            ("unfinished_batches_per_customer_per_caller", "caller")
        }
        LimitKind::SelectionUsers => ("users_per_selection", "selection"),
        LimitKind::EntitlementPurchases => ("purchases_per_entitlement", "entitlement"),
        LimitKind::Selections => ("selections_per_customer", "customer"),
    };
    let builder = StatusBuilder::new(Code::ResourceExhausted, ErrorReason::LimitReached, &message)
        .with("limit", limit)
        .with("given", given)
        .with("maximum", max)
        .quota(subject, format!("{limit}: {message}"));
    match kind {
        LimitKind::UnfinishedBatches
        | LimitKind::ServerBatches
        | LimitKind::CallerBatches
        | LimitKind::CallerCustomerBatches => builder.retry_after(RETRY_QUOTA),
        LimitKind::BatchUsers
        | LimitKind::AllOrNothingUsers
        | LimitKind::SelectionUsers
        | LimitKind::EntitlementPurchases
        | LimitKind::Selections => builder,
    }
    .into_status()
}

/// The status during shutdown; a stream can be resumed after the result `resume`.
pub(crate) fn draining(resume: Option<i64>) -> Status {
    let message = "the server is shutting down; retry now on another server, or later on this one";
    let builder = StatusBuilder::new(Code::Unavailable, ErrorReason::ServerDraining, message)
        .retry_after(RETRY_UNAVAILABLE);
    match resume {
        Some(resume) => builder.with("resume_sequence_number", resume),
        None => builder,
    }
    .into_status()
}

fn unavailable(error: &EngineError) -> Status {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the store is unavailable"
    );
    let message = "the database does not answer; nothing was changed, retry later";
    StatusBuilder::new(Code::Unavailable, ErrorReason::StoreUnavailable, message)
        .retry_after(RETRY_UNAVAILABLE)
        .into_status()
}

fn outcome_unknown(error: &EngineError) -> Status {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the outcome of a commit is unknown"
    );
    let message = "the connection to the database was lost during the commit: the change may be \
                   committed or not; read it back, or retry with the same request id";
    StatusBuilder::new(Code::Unavailable, ErrorReason::OutcomeUnknown, message)
        .retry_after(RETRY_UNAVAILABLE)
        .into_status()
}
