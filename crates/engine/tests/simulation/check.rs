//! The conditions that must hold at the end of a run.

mod batches;
mod operations;
mod replay;
mod stored_state;
mod streams;

use std::sync::Arc;

use seatkeeper_verify::Audit;

use crate::cluster::Cluster;
use crate::fixture::Fixture;
use crate::ledger::Ledger;
use stored_state::StoredState;

/// Checks the stored data against the responses that callers received.
pub(crate) async fn everything(cluster: &Arc<Cluster>, ledger: &Ledger, fixture: &Fixture) {
    let sim = &cluster.sim;
    let mut audit = Audit::of(&*cluster.store);
    while let Some(verdict) = audit.next().await.unwrap() {
        for finding in verdict.findings {
            sim.fail(format!("verify: {finding:?}"));
        }
    }
    for customer in &fixture.customers {
        let stored = StoredState::read(cluster, customer).await;
        let operations = ledger.operations();
        let operations: Vec<_> = operations
            .into_iter()
            .filter(|operation| operation.customer == *customer)
            .collect();
        let mut wrong = Vec::new();
        batches::check(&stored, &mut wrong);
        let clocks_agree = sim.fault_profile.skew.is_zero();
        replay::check(&stored, fixture, &operations, clocks_agree, &mut wrong);
        operations::check(&stored, &operations, &mut wrong);
        let followed = ledger.followed();
        let followed = followed
            .iter()
            .filter(|followed| followed.customer == *customer);
        streams::check(&stored, followed, &mut wrong);
        for what in wrong {
            sim.fail(format!("{customer}: {what}"));
        }
    }
}
