//! Several servers on one `PostgreSQL`: killed, stopped and continued under load.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatkeeper_fault::{Bug, Point};
use seatkeeper_tests::{Database, Launch, Scratch, Server, assign, everyone};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::campaign::joined;
use crate::chance::{Chance, seed};
use crate::load::call;
use crate::stage::Stage;

const REPLICAS: usize = 3;
const CALLERS: usize = 5;
/// Blows that servers take, one after the other.
const BLOWS: usize = 12;
/// Longer than a lease.
const LONG_STOP: Duration = Duration::from_millis(900);
const PATIENCE: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_database_lose_nothing_when_they_are_killed_and_stopped() {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut chance = Chance::of(seed);
    let stage = Stage::furnish(Database::Postgres, |launch| launch).await;
    let mut servers = (0..REPLICAS).map(|_| stage.start()).collect::<Vec<_>>();
    let urls = servers.iter().map(|server| server.url().to_owned());
    let urls = Arc::new(Mutex::new(urls.collect::<Vec<_>>()));
    let enough = CancellationToken::new();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (customers, ledger) = (stage.customers.clone(), Arc::clone(&stage.ledger));
        let (urls, mut chance) = (Arc::clone(&urls), chance.part());
        let enough = enough.clone();
        callers.spawn(async move {
            let calls = async {
                loop {
                    // Whoever loses a server goes on with another.
                    let url = chance.pick(&urls.lock().unwrap()).clone();
                    let (customers, ledger) = (customers.clone(), Arc::clone(&ledger));
                    call(customers, url, ledger, chance.part(), None).await;
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
            };
            let _stopped = enough.run_until_cancelled(calls).await;
        });
    }
    for _ in 0..BLOWS {
        let place = chance.below(REPLICAS);
        strike(&mut servers[place], &mut chance).await;
        urls.lock().unwrap()[place] = servers[place].url().to_owned();
    }
    enough.cancel();
    joined(callers).await;
    drop(servers);
    stage.audit().await;
}

/// Kills a server, or stops it for longer than its leases last.
async fn strike(server: &mut Server, chance: &mut Chance) {
    let life = u64::try_from(chance.below(300)).unwrap();
    tokio::time::sleep(Duration::from_millis(life)).await;
    if chance.one_in(2) {
        server.start_again();
        return;
    }
    server.signal("STOP");
    tokio::time::sleep(LONG_STOP).await;
    server.signal("CONT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_stopped_writes_no_chunk_that_another_took_over() {
    assert_eq!(chunks_written_after_losing_a_lease(None).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_fence_is_found() {
    let bug = Some(Bug::LostFence);
    assert_ne!(chunks_written_after_losing_a_lease(bug).await, 0);
}

/// Stops a server before a chunk, lets another take the batch over and stops that as well, and
/// continues the first: how many chunks does it write?
async fn chunks_written_after_losing_a_lease(bug: Option<Bug>) -> usize {
    let stage = Stage::furnish(Database::Postgres, |launch| match bug {
        Some(bug) => launch.with("SEATKEEPER_PLANTED_BUG", bug.name()),
        None => launch,
    })
    .await;
    let scratch = Scratch::create();
    let (first_trace, second_trace) = (scratch.path().join("first"), scratch.path().join("second"));
    let first = stage.start_with(|launch| stops_at_chunk(launch, 3, &first_trace));
    let scene = stage.scenes(first.url()).await.unwrap().remove(0);
    let request = scene.request(assign(&["suite"]), everyone());
    let reading = scene.start(request).await.unwrap();
    comes_to(&first_trace, Point::ChunkBegun, 3).await;
    let second = stage.start_with(|launch| stops_at_chunk(launch, 2, &second_trace));
    comes_to(&second_trace, Point::ChunkBegun, 2).await;
    first.signal("CONT");
    comes_to(&first_trace, Point::ChunkCommitted, 3).await;
    second.signal("CONT");
    drop((reading, first, second));
    written_in(&first_trace, 3)
}

/// How many chunks were found to be the server's own to write, from the moment it began with the
/// nth to the end of that.
fn written_in(trace: &Path, number: usize) -> usize {
    let trace = std::fs::read_to_string(trace).unwrap();
    let mut begun = 0;
    let mut ended = 0;
    let mut written = 0;
    for name in trace.lines() {
        begun += usize::from(name == Point::ChunkBegun.name());
        ended += usize::from(name == Point::ChunkCommitted.name());
        if begun == number && ended < number {
            written += usize::from(name == Point::ChunkFenced.name());
        }
    }
    written
}

fn stops_at_chunk(launch: Launch, number: usize, trace: &Path) -> Launch {
    let order = format!("{}:{number}:stop", Point::ChunkBegun.name());
    let launch = launch.with("SEATKEEPER_FAILPOINT", order);
    launch.with("SEATKEEPER_FAILPOINT_TRACE", trace)
}

/// How often a point was passed.
fn passed(trace: &Path, point: Point) -> usize {
    let passed = std::fs::read_to_string(trace).unwrap_or_default();
    passed.lines().filter(|name| *name == point.name()).count()
}

async fn comes_to(trace: &Path, point: Point, times: usize) {
    let deadline = Instant::now() + PATIENCE;
    while passed(trace, point) < times {
        assert!(Instant::now() < deadline, "{} is not passed", point.name());
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
