use std::future::ready;

use seatkeeper_domain::{CustomerName, RequestId};
use seatkeeper_engine::{BatchRequest, Selector};
use seatkeeper_proto::v1::{self, user_selector::Kind};

use crate::caller::Caller;
use crate::convert::dry_run::DryRunEncoder;
use crate::convert::names::{name, optional_id};
use crate::convert::page::results_per_message;
use crate::convert::{change, policy, selector};
use crate::error::{FieldErrors, ServerResult};
use crate::services::Context;
use crate::services::response_stream::{
    BatchResultStream, DryRunStream, ResponseStream, spawn_response_stream,
};

/// A parsed request.
struct ParsedRequest {
    request: BatchRequest,
    selector: Selector,
    results_per_message: usize,
}

/// Starts a batch, or a dry run of a batch, and streams its events.
pub(super) async fn start(
    context: &Context,
    caller: &Caller,
    mut given: v1::BatchUpdateLicensesRequest,
) -> ServerResult<ResponseStream<v1::BatchUpdateLicensesResponse>> {
    let parsed = ParsedRequest::parse(context, caller, &mut given).await?;
    let customer = parsed.request.customer.clone();
    let engine = &context.engine;
    if given.validate_only {
        let batch = dry_run_batch(given, &parsed);
        let encoder =
            DryRunEncoder::new(engine.clone(), customer, parsed.results_per_message, batch);
        let dry_run = engine
            .dry_run_batch(parsed.request, parsed.selector)
            .await?;
        let stream = DryRunStream::new(dry_run, encoder);
        return Ok(spawn_response_stream(ready(Ok(stream)), wrap));
    }
    let started = engine.start_batch(parsed.request, parsed.selector).await?;
    let joined = started.joined;
    let results = engine.follow_started(&customer, started).await?;
    let stream = BatchResultStream::new(
        engine.clone(),
        results,
        customer,
        parsed.results_per_message,
    );
    Ok(spawn_response_stream(
        ready(Ok(stream.joined(joined))),
        wrap,
    ))
}

fn wrap(event: v1::BatchEvent) -> v1::BatchUpdateLicensesResponse {
    v1::BatchUpdateLicensesResponse { event: Some(event) }
}

impl ParsedRequest {
    async fn parse(
        context: &Context,
        caller: &Caller,
        given: &mut v1::BatchUpdateLicensesRequest,
    ) -> ServerResult<Self> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &given.parent));
        let change = errors.take(change::from_proto(given.change.as_ref()));
        let selector = match &parent {
            Some(parent) => {
                let (pool, selection) = (&context.pool, given.selection.take());
                errors.take(selector::read(pool, parent, "selection", selection).await?)
            }
            None => None,
        };
        let mode = errors.take(policy::mode("mode", given.mode));
        let request_id = errors.take(optional_id::<RequestId>("request_id", &given.request_id));
        let per_message = errors.take(results_per_message(
            "max_results_per_message",
            given.max_results_per_message,
        ));
        let (
            Some(parent),
            Some(change),
            Some(selector),
            Some(mode),
            Some(request_id),
            Some(results_per_message),
        ) = (parent, change, selector, mode, request_id, per_message)
        else {
            return Err(errors.into());
        };
        let request = BatchRequest {
            customer: parent.customer,
            change,
            mode,
            shortage: super::shortage(caller, "shortage_policy", given.shortage_policy)?,
            report_licenses: given.include_licenses,
            cancel_on_disconnect: given.cancel_on_disconnect,
            request_id,
            principal: caller.principal(),
            caller: caller.id(),
        };
        Ok(Self {
            request,
            selector,
            results_per_message,
        })
    }
}

/// The description of a dry run, in place of a stored batch.
fn dry_run_batch(given: v1::BatchUpdateLicensesRequest, parsed: &ParsedRequest) -> v1::Batch {
    let kind = match &parsed.selector {
        Selector::Users(_) => Kind::Users(v1::UserList::default()),
        Selector::Filter(filter) => Kind::Filter(filter.to_string()),
        Selector::All => Kind::AllUsers(v1::AllUsers {}),
        Selector::Saved(selection) => Kind::SavedSelection(format!(
            "customers/{}/selections/{selection}",
            parsed.request.customer
        )),
    };
    v1::Batch {
        change: given.change,
        selection: Some(v1::UserSelector { kind: Some(kind) }),
        mode: policy::mode_to_proto(parsed.request.mode).into(),
        shortage_policy: policy::shortage_to_proto(parsed.request.shortage).into(),
        validate_only: true,
        include_licenses: given.include_licenses,
        cancel_on_disconnect: given.cancel_on_disconnect,
        request_id: given.request_id,
        principal: parsed.request.principal.as_str().to_owned(),
        state: v1::batch::State::Running.into(),
        ..v1::Batch::default()
    }
}
