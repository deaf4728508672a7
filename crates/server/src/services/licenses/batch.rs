use std::future::ready;

use seatkeeper_domain::{CustomerName, RequestId};
use seatkeeper_engine::{BatchRequest, Selector};
use seatkeeper_proto::v1::{self, user_selector::Kind};

use crate::caller::Caller;
use crate::convert::dry_run::DryRunWriter;
use crate::convert::names::{name, optional_id};
use crate::convert::page::results_per_message;
use crate::convert::{change, policy, selector};
use crate::error::{FieldErrors, ServerResult};
use crate::services::Context;
use crate::services::stream::{Following, Messages, Previewing, messages};

/// A parsed request.
struct Asked {
    request: BatchRequest,
    selector: Selector,
    results_per_message: usize,
}

/// Starts a batch, or a dry run of one, and tells what happens.
pub(super) async fn start(
    context: &Context,
    caller: &Caller,
    mut given: v1::BatchUpdateLicensesRequest,
) -> ServerResult<Messages<v1::BatchUpdateLicensesResponse>> {
    let asked = Asked::parse(context, caller, &mut given).await?;
    let customer = asked.request.customer.clone();
    let engine = &context.engine;
    if given.validate_only {
        let batch = dry_run_batch(given, &asked);
        let writer = DryRunWriter::new(engine.clone(), customer, asked.results_per_message, batch);
        let preview = engine.preview_batch(asked.request, asked.selector).await?;
        let previewing = Previewing::new(preview, writer);
        return Ok(messages(ready(Ok(previewing)), wrap));
    }
    let started = engine.start_batch(asked.request, asked.selector).await?;
    let joined = started.joined;
    let results = engine.follow_started(&customer, started).await?;
    let following = Following::new(engine.clone(), results, customer, asked.results_per_message);
    Ok(messages(ready(Ok(following.joined(joined))), wrap))
}

fn wrap(event: v1::BatchEvent) -> v1::BatchUpdateLicensesResponse {
    v1::BatchUpdateLicensesResponse { event: Some(event) }
}

impl Asked {
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
            actor: caller.actor(),
            caller: caller.id(),
        };
        Ok(Self {
            request,
            selector,
            results_per_message,
        })
    }
}

/// What a dry run says of itself.
fn dry_run_batch(given: v1::BatchUpdateLicensesRequest, asked: &Asked) -> v1::Batch {
    let kind = match &asked.selector {
        Selector::Users(_) => Kind::Users(v1::UserList::default()),
        Selector::Filter(filter) => Kind::Filter(filter.to_string()),
        Selector::All => Kind::AllUsers(v1::AllUsers {}),
        Selector::Saved(selection) => Kind::SavedSelection(format!(
            "customers/{}/selections/{selection}",
            asked.request.customer
        )),
    };
    v1::Batch {
        change: given.change,
        selection: Some(v1::UserSelector { kind: Some(kind) }),
        mode: policy::mode_to_proto(asked.request.mode).into(),
        shortage_policy: policy::shortage_to_proto(asked.request.shortage).into(),
        validate_only: true,
        include_licenses: given.include_licenses,
        cancel_on_disconnect: given.cancel_on_disconnect,
        request_id: given.request_id,
        requester: asked.request.actor.as_str().to_owned(),
        state: v1::batch::State::Running.into(),
        ..v1::Batch::default()
    }
}
