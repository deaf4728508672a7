use seatkeeper_domain::{BatchMode, Outcome, OutcomeCounts, Violation};
use seatkeeper_engine::Batch;
use seatkeeper_store::SelectedUser;

use super::stored_state::StoredState;
use crate::ledger::ReceivedResult;

/// Every accepted batch has ended, and its results cover each of its users once, in order.
pub(super) fn check(stored: &StoredState, wrong: &mut Vec<String>) {
    if stored.pending_batches > 0 {
        wrong.push(format!(
            "{} pending batches are neither accepted nor removed",
            stored.pending_batches
        ));
    }
    for batch in &stored.batches {
        let results = stored.results(batch.key);
        let mut complain = |what: &str| wrong.push(format!("batch {}: {what}", batch.id));
        if !batch.state.is_final() {
            complain("has not ended");
        }
        if !covers(stored, batch, &results) {
            complain("its results don't cover each of its users once, in order");
        }
        if counts(&results) != batch.counts {
            complain("its counts don't match its results");
        }
        if batch.spec.mode == BatchMode::AllOrNothing && is_half_done(&results) {
            complain("is all-or-nothing, but is applied in part");
        }
        if !is_cut_once(batch, &results) {
            complain("has cancelled users before other users, or was not cancelled");
        }
        if batch.lease.owner.is_some() || batch.user_stream_open {
            complain("has ended, but still has a lease or an open user stream");
        }
    }
}

fn covers(stored: &StoredState, batch: &Batch, results: &[ReceivedResult]) -> bool {
    let selected = &stored.selections[&batch.key];
    let in_order = results
        .iter()
        .zip(1..)
        .all(|(result, number)| result.sequence == number);
    let same = results.iter().zip(selected).all(|(result, selected)| {
        let named = match &selected.user {
            SelectedUser::Unknown(id) => *id == result.user,
            SelectedUser::Known(_) => true,
        };
        named && result.index == selected.request_index
    });
    let count = i64::try_from(results.len()).unwrap();
    in_order
        && same
        && results.len() == selected.len()
        && (batch.user_count, batch.processed_count) == (count, count)
}

fn counts(results: &[ReceivedResult]) -> OutcomeCounts {
    let mut counts = OutcomeCounts::default();
    for result in results {
        let plan = seatkeeper_domain::ChunkPlan {
            decisions: vec![result.decision.clone()],
            members: vec![0],
        };
        counts.add(&OutcomeCounts::of(&plan).0);
    }
    counts
}

fn is_half_done(results: &[ReceivedResult]) -> bool {
    let any = |wanted: fn(Outcome) -> bool| {
        let products = results.iter().flat_map(|result| &result.decision.products);
        products.clone().any(|product| wanted(product.outcome))
    };
    let changed = |outcome| {
        matches!(
            outcome,
            Outcome::Assigned | Outcome::Updated | Outcome::Revoked
        )
    };
    any(changed) && any(|outcome| outcome == Outcome::Failed)
}

/// Whether the cancelled users are the last ones, and exist only if a caller cancelled the batch.
fn is_cut_once(batch: &Batch, results: &[ReceivedResult]) -> bool {
    let cancelled = |result: &ReceivedResult| {
        let mut products = result.decision.products.iter();
        products.any(|product| product.violations.contains(&Violation::Cancelled))
    };
    let reached = results
        .iter()
        .take_while(|result| !cancelled(result))
        .count();
    let rest = &results[reached..];
    rest.iter().all(cancelled) && (rest.is_empty() || batch.cancel_requested)
}
