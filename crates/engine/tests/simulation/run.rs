use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::Timestamp;
use seatkeeper_store::Store as _;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::check;
use crate::client::Client;
use crate::cluster::Cluster;
use crate::fault_profile::FaultProfile;
use crate::fixture::{self, Fixture};
use crate::follower::Follower;
use crate::ledger::Ledger;
use crate::mutants::Mutant;
use crate::nemesis;
use crate::rng::Rng;
use crate::sim::{Report, Sim};

/// Timeout of all callers, in simulated time.
const CALLERS_TIME_MAX: Duration = Duration::from_mins(20);

/// Timeout of unfinished batches after the last fault: leases expire, pending batches are
/// abandoned, and the other batches finish.
const REST_TIME_MAX: Duration = Duration::from_mins(2);

/// How long there must be no unfinished work before a run ends: longer than any call.
const QUIET_TIME: Duration = Duration::from_secs(10);

/// Runs one seed, from the setup to the last check.
pub(crate) fn run(seed: u64, aloud: bool) -> Report {
    simulate(seed, aloud, None)
}

/// Runs one seed on a store with a mutant.
pub(crate) fn run_mutant(seed: u64, mutant: Mutant) -> Report {
    simulate(seed, false, Some(mutant))
}

fn simulate(seed: u64, aloud: bool, mutant: Option<Mutant>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(seed, aloud, mutant))
}

async fn play(seed: u64, aloud: bool, mutant: Option<Mutant>) -> Report {
    let mut rng = Rng::new(seed);
    let fault_profile = FaultProfile::of(&mut rng);
    let sim = Sim::new(rng.fork(), fault_profile, aloud, mutant);
    let limits = fixture::limits(&mut rng);
    let servers = 1 + rng.index(3);
    let cluster = Cluster::start(&sim, limits, servers, &mut rng);
    let (customers, users) = (rng.between(1..3), rng.between(3..15));
    let fixture = Arc::new(Fixture::set(&sim, &cluster.store, &mut rng, customers, users).await);
    let ledger = Arc::new(Ledger::default());
    let mut callers = JoinSet::new();
    for number in 0..rng.between(1..6) {
        let client = Client::new(
            format!("caller{number}"),
            &cluster,
            &ledger,
            &fixture,
            rng.fork(),
        );
        callers.spawn(client.run());
    }
    let end = Instant::now() + Duration::from_millis(rng.between(2_000..40_000));
    callers.spawn(nemesis::rage(Arc::clone(&cluster), rng.fork(), end));
    let finished = tokio::time::timeout(CALLERS_TIME_MAX, join(&sim, &mut callers)).await;
    if finished.is_err() {
        sim.fail("callers or readers still wait long after the last fault".to_owned());
    }
    if !sim.has_failed() && rest(&cluster).await {
        read_again(&cluster, &ledger, &mut rng).await;
        check::everything(&cluster, &ledger, &fixture).await;
    }
    sim.report()
}

async fn join(sim: &Sim, callers: &mut JoinSet<()>) {
    while let Some(done) = callers.join_next().await {
        if let Err(error) = done {
            sim.fail(format!("a caller panicked: {error}"));
        }
    }
}

/// Waits until no work is left and none appears for a while. A paused server finishes its calls
/// when it continues, even if their callers have disconnected.
async fn rest(cluster: &Cluster) -> bool {
    let deadline = Instant::now() + REST_TIME_MAX;
    let mut quiet_since = Instant::now();
    loop {
        let end_of_time = Timestamp::from_micros(i64::MAX);
        let open = cluster.store.claimable_batches(end_of_time, None, 10).await;
        let open = open.unwrap();
        if !open.is_empty() {
            quiet_since = Instant::now();
        } else if quiet_since.elapsed() >= QUIET_TIME {
            return true;
        }
        if Instant::now() > deadline {
            cluster.sim.fail(format!("batches do not end: {open:?}"));
            return false;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Follows every batch once more, from its beginning or from the middle.
async fn read_again(cluster: &Arc<Cluster>, ledger: &Arc<Ledger>, rng: &mut Rng) {
    let customers = cluster.store.list_customers(None, 100).await.unwrap();
    for customer in customers {
        let batches = cluster.store.list_batches(customer.key, None, 1_000).await;
        for batch in batches.unwrap() {
            let results = u64::try_from(batch.processed_count).unwrap();
            let follower = Follower {
                cluster: Arc::clone(cluster),
                ledger: Arc::clone(ledger),
                rng: rng.fork(),
                customer: customer.id.clone(),
                batch: batch.id,
                from: i64::try_from(rng.between(0..results + 1)).unwrap(),
            };
            follower.run(None).await;
        }
    }
}
