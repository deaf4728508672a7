use seatkeeper_domain::{BatchMode, RequestId, UserName};
use seatkeeper_engine::{Engine, UpdateUserLicenses};
use seatkeeper_proto::v1;

use crate::caller::Caller;
use crate::convert::names::{name, optional_id};
use crate::convert::result::ResultEncoder;
use crate::convert::{change, etag, policy};
use crate::error::{FieldError, FieldErrors, ServerResult};

/// Applies a change to one user.
pub(super) async fn update(
    engine: &Engine,
    caller: &Caller,
    request: v1::UpdateUserLicensesRequest,
) -> ServerResult<v1::UpdateUserLicensesResponse> {
    let update = parse(caller, &request)?;
    let customer = update.customer.clone();
    let updated = engine.update_user_licenses(update).await?;
    let encoder = ResultEncoder::new(&updated.catalog, &customer);
    Ok(v1::UpdateUserLicensesResponse {
        result: updated
            .changes
            .results()
            .next()
            .map(|result| encoder.encode(result)),
        journal_sequence_number: updated.sequence.map_or(0, |sequence| sequence.0),
        catalog_version: updated.changes.catalog_version.0,
    })
}

fn parse(
    caller: &Caller,
    request: &v1::UpdateUserLicensesRequest,
) -> ServerResult<UpdateUserLicenses> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<UserName>("name", &request.name));
    let change = errors.take(change::from_proto(request.change.as_ref()));
    let mode = errors.take(mode(request.mode));
    let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
    let (Some(target), Some(change), Some(mode), Some(request_id)) =
        (target, change, mode, request_id)
    else {
        return Err(errors.into());
    };
    Ok(UpdateUserLicenses {
        customer: target.customer,
        user: target.user,
        change,
        mode,
        shortage: super::shortage(caller, "shortage_policy", request.shortage_policy)?,
        revision: etag::expected(&request.etag),
        report_licenses: true,
        request_id,
        validate_only: request.validate_only,
        principal: caller.principal(),
    })
}

/// A call for one user has no other user, so `ALL_OR_NOTHING` would mean the same as `PER_USER`.
fn mode(given: i32) -> Result<BatchMode, FieldError> {
    match policy::mode("mode", given)? {
        BatchMode::AllOrNothing => {
            let description = "ALL_OR_NOTHING is for batches; use PER_USER or PER_LICENSE";
            Err(FieldError::invalid("mode", description))
        }
        mode @ (BatchMode::PerUser | BatchMode::PerLicense) => Ok(mode),
    }
}
