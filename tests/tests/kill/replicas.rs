//! Several servers on one `PostgreSQL` database: killed, stopped and continued under load.

use std::path::Path;
use std::time::Duration;

use seatkeeper_failpoints::Point;
use seatkeeper_tests::{Database, Launch, Scratch, Server, assign, everyone};
use tokio::time::Instant;

use crate::campaign::Wanderers;
use crate::rng::{Rng, number, seed};
use crate::test_store::TestStore;

const REPLICAS: usize = 3;
/// Number of consecutive server faults, unless the environment sets one.
const SERVER_FAULTS: usize = 12;
/// Longer than the duration of a lease.
const LONG_STOP: Duration = Duration::from_millis(900);
const TIMEOUT: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_database_lose_nothing_when_they_are_killed_and_stopped() {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut rng = Rng::of(seed);
    let test_store = TestStore::populate(Database::Postgres, |launch| launch).await;
    let mut servers = (0..REPLICAS)
        .map(|_| test_store.start())
        .collect::<Vec<_>>();
    let callers = Wanderers::set_out(&test_store, &servers, &mut rng);
    for _ in 0..number("SEATKEEPER_SERVER_FAULTS", SERVER_FAULTS) {
        let index = rng.below(REPLICAS);
        strike(&mut servers[index], &mut rng).await;
        callers.urls.lock().unwrap()[index] = servers[index].url().to_owned();
    }
    callers.return_home().await;
    drop(servers);
    test_store.audit().await;
}

/// Kills and restarts a server, or stops it for longer than its leases last.
async fn strike(server: &mut Server, rng: &mut Rng) {
    let life = u64::try_from(rng.below(300)).unwrap();
    tokio::time::sleep(Duration::from_millis(life)).await;
    if rng.one_in(2) {
        server.start_again();
        return;
    }
    server.signal("STOP");
    tokio::time::sleep(LONG_STOP).await;
    server.signal("CONT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_stopped_writes_no_chunk_that_another_took_over() {
    assert_eq!(chunks_written_after_losing_a_lease().await, 0);
}

/// Stops a server before a chunk, lets a second server take the batch over, stops the second server
/// as well and continues the first. Returns how many chunks the first server writes.
async fn chunks_written_after_losing_a_lease() -> usize {
    let test_store = TestStore::populate(Database::Postgres, |launch| launch).await;
    let scratch = Scratch::create();
    let (first_trace, second_trace) = (scratch.path().join("first"), scratch.path().join("second"));
    let first = test_store.start_with(|launch| stops_at_chunk(launch, 3, &first_trace));
    let fixture = test_store.fixtures(first.url()).await.unwrap().remove(0);
    let request = fixture.request(assign(&["suite"]), everyone());
    let reading = fixture.start(request).await.unwrap();
    first.has_stopped_within(TIMEOUT).await;
    let passed_before = passed(&first_trace).len();
    let second = test_store.start_with(|launch| stops_at_chunk(launch, 2, &second_trace));
    second.has_stopped_within(TIMEOUT).await;
    first.signal("CONT");
    let written = written_after(&first_trace, passed_before).await;
    second.signal("CONT");
    drop((reading, first, second));
    written
}

/// The number of chunks that passed the lease fence, from an index in the server's trace to the end
/// of the current chunk.
async fn written_after(trace: &Path, index: usize) -> usize {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let since = passed(trace).split_off(index);
        let end = Point::ChunkCommitted.name();
        if let Some(end) = since.iter().position(|name| name == end) {
            let fenced = |name: &&String| *name == Point::ChunkFenced.name();
            return since[..end].iter().filter(fenced).count();
        }
        assert!(Instant::now() < deadline, "the chunk timed out");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn stops_at_chunk(launch: Launch, number: usize, trace: &Path) -> Launch {
    let order = format!("{}:{number}:stop", Point::ChunkBegun.name());
    let launch = launch.with("SEATKEEPER_FAILPOINT", order);
    launch.with("SEATKEEPER_FAILPOINT_TRACE", trace)
}

/// The reached failpoints, in order.
fn passed(trace: &Path) -> Vec<String> {
    let passed = std::fs::read_to_string(trace).unwrap_or_default();
    passed.lines().map(str::to_owned).collect()
}
