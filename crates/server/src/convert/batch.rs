use seatkeeper_domain::{BatchState, CompiledCatalog, CustomerId, RequestId, SelectionName};
use seatkeeper_engine::{Batch, BatchSource, BatchTask, Engine};
use seatkeeper_proto::v1::{self, user_selector::Kind};

use super::{change, names, policy, summary, time};

/// Encodes a batch with the catalog version that its results are decided by.
pub(crate) fn to_proto(
    engine: &Engine,
    customer: &CustomerId,
    catalog: &CompiledCatalog,
    batch: &Batch,
) -> v1::Batch {
    let spec = &batch.spec;
    let (change, reverted_batch) = match &spec.task {
        BatchTask::Change(change_request) => (
            Some(change::to_proto(catalog, change_request)),
            String::new(),
        ),
        BatchTask::Revert { batch, .. } => (None, names::batch(customer, &batch.id)),
    };
    let (retried_batch, retried_violations) = retried(customer, &spec.source);
    v1::Batch {
        name: names::batch(customer, &batch.id),
        change,
        retried_batch,
        retried_violation_types: retried_violations,
        reverted_batch,
        selection: selection(customer, &spec.source),
        streamed: matches!(spec.source, BatchSource::Stream),
        mode: policy::mode_to_proto(spec.mode).into(),
        shortage_policy: policy::shortage_to_proto(spec.shortage).into(),
        validate_only: false,
        include_licenses: spec.report_licenses,
        cancel_on_disconnect: spec.cancel_on_disconnect,
        request_id: spec
            .request_id
            .as_ref()
            .map_or("", RequestId::as_str)
            .to_owned(),
        principal: spec.principal.as_str().to_owned(),
        catalog_version: spec.catalog_version.0,
        state: state(batch).into(),
        user_count: batch.user_count,
        duplicate_count: batch.duplicate_count,
        processed_count: batch.processed_count,
        summary: Some(summary::to_proto(
            engine,
            customer,
            catalog,
            &batch.counts,
            &batch.violations,
            summary::Seats {
                left: &batch.seats_left,
                bought: &batch.seats_bought,
            },
        )),
        cancel_requested: batch.cancel_requested,
        user_stream_interrupted: batch.user_stream_interrupted,
        create_time: Some(time::to_proto(spec.create_time)),
        start_time: batch.start_time.map(time::to_proto),
        end_time: batch.end_time.map(time::to_proto),
        ..v1::Batch::default()
    }
}

/// The batch whose failed users are retried, and the violations that select them.
fn retried(customer: &CustomerId, source: &BatchSource) -> (String, Vec<i32>) {
    let BatchSource::Failed { batch, violations } = source else {
        return Default::default();
    };
    let violations = violations.iter().copied();
    let violations = violations.map(|kind| policy::violation_type_to_proto(kind).into());
    (names::batch(customer, &batch.id), violations.collect())
}

fn selection(customer: &CustomerId, source: &BatchSource) -> Option<v1::UserSelector> {
    let kind = match source {
        BatchSource::Users => Kind::Users(v1::UserList::default()),
        BatchSource::Filter(filter) => Kind::Filter(filter.clone()),
        BatchSource::All => Kind::AllUsers(v1::AllUsers {}),
        BatchSource::Saved(selection) => {
            let name = SelectionName {
                customer: customer.clone(),
                selection: selection.clone(),
            };
            Kind::SavedSelection(name.to_string())
        }
        BatchSource::Stream | BatchSource::Failed { .. } | BatchSource::Reverted => return None,
    };
    Some(v1::UserSelector { kind: Some(kind) })
}

/// An accepted batch is PENDING until its first results are committed.
fn state(batch: &Batch) -> v1::batch::State {
    match batch.state {
        BatchState::Preparing => v1::batch::State::Pending,
        BatchState::Running if batch.start_time.is_none() => v1::batch::State::Pending,
        BatchState::Running => v1::batch::State::Running,
        BatchState::Succeeded => v1::batch::State::Succeeded,
        BatchState::Cancelled => v1::batch::State::Cancelled,
    }
}
