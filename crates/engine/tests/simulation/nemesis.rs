use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cluster::Cluster;
use crate::fault_profile::ServerFault;
use crate::rng::Rng;
use crate::sim::trace_line;

/// The timeout of a server's drain, as in a real shutdown.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);

/// Injects server faults until `end`, and repairs them.
pub(crate) async fn rage(cluster: Arc<Cluster>, mut rng: Rng, end: Instant) {
    let longest =
        u64::try_from(cluster.sim.fault_profile.server_fault_interval.as_millis()).unwrap();
    while Instant::now() < end {
        millis(rng.between(0..longest)).await;
        restart_some(&cluster, &mut rng);
        let index = rng.index(cluster.len());
        match rng.weighted(&cluster.sim.fault_profile.server_faults) {
            ServerFault::Crash => crash(&cluster, index),
            ServerFault::Pause => pause(&cluster, index, &mut rng),
            ServerFault::Drain => drain(&cluster, index),
            ServerFault::Storm => storm(&cluster, index, &mut rng),
        }
    }
    cluster.sim.calm_down();
    cluster.restart_all();
}

/// Restarts dead servers after a while, including those that crashed at a commit.
fn restart_some(cluster: &Cluster, rng: &mut Rng) {
    for index in 0..cluster.len() {
        if rng.chance(600) {
            cluster.restart(index);
        }
    }
}

fn crash(cluster: &Cluster, index: usize) {
    let server = cluster.node(index).server;
    if server.is_down() {
        return;
    }
    trace_line!(cluster.sim, "{} is killed", server.name);
    cluster.sim.count("server killed");
    server.kill();
}

fn pause(cluster: &Cluster, index: usize, rng: &mut Rng) {
    let server = cluster.node(index).server;
    if !server.is_up() {
        return;
    }
    let length = Duration::from_millis(rng.between(100..20_000));
    let cut = rng.chance(500);
    trace_line!(
        cluster.sim,
        "{} is stopped for {length:?}, sessions cut: {cut}",
        server.name
    );
    cluster.sim.count("server stopped and continued");
    server.pause(length, cut);
}

fn drain(cluster: &Arc<Cluster>, index: usize) {
    let node = cluster.node(index);
    if !node.server.is_up() {
        return;
    }
    trace_line!(cluster.sim, "{} drains", node.server.name);
    cluster.sim.count("server drained");
    let cluster = Arc::clone(cluster);
    tokio::spawn(async move {
        let done = node
            .call(DRAIN_TIME_MAX * 2, node.engine.drain(DRAIN_TIME_MAX))
            .await;
        trace_line!(cluster.sim, "{} has drained: {done:?}", node.server.name);
        node.server.kill();
        tokio::time::sleep(Duration::from_millis(500)).await;
        cluster.restart(index);
    });
}

fn storm(cluster: &Cluster, index: usize, rng: &mut Rng) {
    let server = cluster.node(index).server;
    let length = Duration::from_millis(rng.between(100..6_000));
    trace_line!(
        cluster.sim,
        "{} does not reach the database for {length:?}",
        server.name
    );
    cluster.sim.count("database out of reach");
    server.storm(length);
}

async fn millis(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
