use seatkeeper_domain::{BatchName, RequestId};
use seatkeeper_engine::{RetryFailedBatch, RevertBatch};
use seatkeeper_proto::v1;

use crate::caller::Caller;
use crate::convert::names::{name, optional_id};
use crate::convert::policy;
use crate::error::{FieldErrors, ServerResult};

/// Parses a request to retry the failed users of a batch.
pub(super) fn retry(
    caller: &Caller,
    request: &v1::RetryFailedBatchRequest,
) -> ServerResult<RetryFailedBatch> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<BatchName>("name", &request.name));
    let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
    let mut violations = Vec::with_capacity(request.violation_types.len());
    for (index, &given) in request.violation_types.iter().enumerate() {
        let field = format!("violation_types[{index}]");
        let kind = policy::violation_type(&field, given)
            .and_then(|kind| kind.ok_or_else(|| policy::unknown_value(&field, given)));
        violations.extend(errors.take(kind));
    }
    violations.sort_unstable();
    violations.dedup();
    let given = request.shortage_policy;
    let shortage = errors.take(policy::optional_shortage("shortage_policy", given));
    let (Some(target), Some(shortage), Some(request_id), true) =
        (target, shortage, request_id, errors.is_empty())
    else {
        return Err(errors.into());
    };
    Ok(RetryFailedBatch {
        customer: target.customer,
        batch: target.batch,
        violations,
        shortage,
        request_id,
        principal: caller.principal(),
        caller: caller.id(),
    })
}

/// Parses a request to revert a batch.
pub(super) fn revert(
    caller: &Caller,
    request: &v1::RevertBatchRequest,
) -> ServerResult<RevertBatch> {
    let mut errors = FieldErrors::default();
    let target = errors.take(name::<BatchName>("name", &request.name));
    let mode = errors.take(policy::mode("mode", request.mode));
    let request_id = errors.take(optional_id::<RequestId>("request_id", &request.request_id));
    let (Some(target), Some(mode), Some(request_id)) = (target, mode, request_id) else {
        return Err(errors.into());
    };
    Ok(RevertBatch {
        customer: target.customer,
        batch: target.batch,
        mode,
        request_id,
        principal: caller.principal(),
        caller: caller.id(),
    })
}
