//! What must be true when a run is over, whatever happened in it.

mod batches;
mod books;
mod deeds;
mod replay;
mod streams;

use std::sync::Arc;

use seatkeeper_verify::Audit;

use crate::cluster::Cluster;
use crate::ledger::Ledger;
use crate::scene::Scene;
use books::Books;

/// Holds what is stored and what callers were told against each other.
pub(crate) async fn everything(cluster: &Arc<Cluster>, ledger: &Ledger, scene: &Scene) {
    let sim = &cluster.sim;
    let mut audit = Audit::of(&*cluster.store);
    while let Some(verdict) = audit.next().await.unwrap() {
        for finding in verdict.findings {
            sim.fail(format!("verify: {finding:?}"));
        }
    }
    for customer in &scene.customers {
        let books = Books::read(cluster, customer).await;
        let deeds = ledger.deeds();
        let deeds: Vec<_> = deeds
            .into_iter()
            .filter(|deed| deed.customer == *customer)
            .collect();
        let mut wrong = Vec::new();
        batches::check(&books, &mut wrong);
        let clocks_agree = sim.weather.skew.is_zero();
        replay::check(&books, scene, &deeds, clocks_agree, &mut wrong);
        deeds::check(&books, &deeds, &mut wrong);
        let followed = ledger.followed();
        let followed = followed
            .iter()
            .filter(|followed| followed.customer == *customer);
        streams::check(&books, followed, &mut wrong);
        for what in wrong {
            sim.fail(format!("{customer}: {what}"));
        }
    }
}
