use seatkeeper_domain::{
    CustomerName, EntitlementName, LicenseChanges, Permission, Purchase, PurchaseId, RequestId,
    Timestamp,
};
use seatkeeper_engine::{Engine, PurchaseSeats, ReduceSeats, RenewPurchase};
use seatkeeper_proto::v1::{self, ErrorReason};

use crate::caller::Caller;
use crate::convert::names::{id, name, optional_id};
use crate::convert::result::ResultEncoder;
use crate::convert::{entitlement, etag, selector, time};
use crate::error::{FieldError, FieldErrors, ServerResult};
use crate::limits::{PURCHASED_SEATS_MAX, RELEASE_USERS_MAX};

pub(super) async fn purchase(
    engine: &Engine,
    caller: &Caller,
    request: v1::PurchaseSeatsRequest,
) -> ServerResult<v1::PurchaseSeatsResponse> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<EntitlementName>("name", &request.name));
    let purchase = errors.take(optional_id::<PurchaseId>(
        "purchase_id",
        &request.purchase_id,
    ));
    let seats = errors.take(seat_count(request.seat_count));
    let start_time = errors.take(optional_time("start_time", request.start_time));
    let end_time = errors.take(end_time(request.end_time));
    let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
    let (
        Some(target),
        Some(purchase),
        Some(seats),
        Some(start_time),
        Some(end_time),
        Some(request_id),
    ) = (target, purchase, seats, start_time, end_time, request_id)
    else {
        return Err(errors.into());
    };
    caller.check(Permission::PurchaseSeats)?;
    let purchase = PurchaseSeats {
        customer: target.customer.clone(),
        product: target.product,
        purchase,
        seats,
        start_time,
        end_time,
        revision: etag::expected(&request.etag),
        request_id,
        validate_only: request.validate_only,
        principal: caller.principal(),
    };
    let purchased = engine.purchase_seats(purchase).await?;
    Ok(v1::PurchaseSeatsResponse {
        entitlement: Some(entitlement::to_proto(
            &target.customer,
            &purchased.entitlement,
        )),
        purchase_id: purchased.purchase.as_str().to_owned(),
    })
}

pub(super) async fn reduce(
    engine: &Engine,
    caller: &Caller,
    request: v1::ReduceSeatsRequest,
) -> ServerResult<v1::ReduceSeatsResponse> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<EntitlementName>("name", &request.name));
    let purchase = errors.take(optional_id::<PurchaseId>(
        "purchase_id",
        &request.purchase_id,
    ));
    let seats = errors.take(seat_count(request.seat_count));
    let release_users = target
        .as_ref()
        .and_then(|target| errors.take(parse_release_users(target, &request.release_users)));
    let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
    let (Some(target), Some(purchase), Some(seats), Some(release_users), Some(request_id)) =
        (target, purchase, seats, release_users, request_id)
    else {
        return Err(errors.into());
    };
    caller.check(Permission::ReduceSeats)?;
    let customer = target.customer;
    let reduce = ReduceSeats {
        customer: customer.clone(),
        product: target.product,
        purchase,
        seats,
        release_users,
        revision: etag::expected(&request.etag),
        request_id,
        validate_only: request.validate_only,
        principal: caller.principal(),
    };
    let reduced = engine.reduce_seats(reduce).await?;
    let encoder = ResultEncoder::new(&reduced.catalog, &customer);
    let released = reduced.released.iter();
    Ok(v1::ReduceSeatsResponse {
        entitlement: Some(entitlement::to_proto(&customer, &reduced.entitlement)),
        results: released
            .flat_map(LicenseChanges::results)
            .map(|result| encoder.encode(result))
            .collect(),
    })
}

pub(super) async fn renew(
    engine: &Engine,
    caller: &Caller,
    request: v1::RenewPurchaseRequest,
) -> ServerResult<v1::RenewPurchaseResponse> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<EntitlementName>("name", &request.name));
    let purchase = errors.take(id::<PurchaseId>("purchase_id", &request.purchase_id));
    let end_time = errors.take(end_time(request.end_time));
    let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
    let (Some(target), Some(purchase), Some(end_time), Some(request_id)) =
        (target, purchase, end_time, request_id)
    else {
        return Err(errors.into());
    };
    caller.check(Permission::ReduceSeats)?;
    let renew = RenewPurchase {
        customer: target.customer.clone(),
        product: target.product,
        purchase,
        end_time,
        revision: etag::expected(&request.etag),
        request_id,
        validate_only: request.validate_only,
        principal: caller.principal(),
    };
    let view = engine.renew_purchase(renew).await?;
    let entitlement = Some(entitlement::to_proto(&target.customer, &view));
    Ok(v1::RenewPurchaseResponse { entitlement })
}

fn parse_release_users(
    target: &EntitlementName,
    names: &[String],
) -> Result<Vec<seatkeeper_domain::UserId>, FieldErrors> {
    const FIELD: &str = "release_users";
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if names.len() > RELEASE_USERS_MAX {
        let given = names.len();
        let description = format!(
            "has {given} users, at most {RELEASE_USERS_MAX} are allowed; revoke by a batch first"
        );
        let error = FieldError::new(FIELD, ErrorReason::ListTooLong, description)
            .with("given", given)
            .with("maximum", RELEASE_USERS_MAX)
            .with("alternative", "BatchUpdateLicenses");
        return Err(error.into());
    }
    let customer = CustomerName {
        customer: target.customer.clone(),
    };
    selector::users(&customer, FIELD, names)
}

fn seat_count(given: i64) -> Result<i64, FieldError> {
    if (1..=PURCHASED_SEATS_MAX).contains(&given) {
        return Ok(given);
    }
    let description = format!("is {given}; must be 1 to {PURCHASED_SEATS_MAX}");
    Err(FieldError::invalid("seat_count", description)
        .with("given", given)
        .with("maximum", PURCHASED_SEATS_MAX))
}

/// Parses the end of a purchase. The end of its grace must be a timestamp that the API allows.
fn end_time(given: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>, FieldError> {
    const FIELD: &str = "end_time";
    let end = optional_time(FIELD, given)?;
    if end.is_some_and(|end| end > Purchase::LATEST_END) {
        let maximum = time::to_proto(Purchase::LATEST_END);
        let description = format!(
            "is later than {maximum}: the grace of the purchase would end after the year 9999; \
             leave it empty for a purchase that never lapses"
        );
        return Err(FieldError::invalid(FIELD, description).with("maximum", maximum));
    }
    Ok(end)
}

fn optional_time(
    field: &str,
    given: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, FieldError> {
    given
        .map(|given| time::from_proto(field, given))
        .transpose()
}
