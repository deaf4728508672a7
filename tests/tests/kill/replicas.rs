//! Several servers on one `PostgreSQL`: killed, stopped and continued under load.

use std::path::Path;
use std::time::Duration;

use seatkeeper_fault::{Bug, Point};
use seatkeeper_tests::{Database, Launch, Scratch, Server, assign, everyone};
use tokio::time::Instant;

use crate::campaign::Wanderers;
use crate::chance::{Chance, number, seed};
use crate::stage::Stage;

const REPLICAS: usize = 3;
/// Blows that servers take, one after the other, unless the environment says so.
const BLOWS: usize = 12;
/// Longer than a lease.
const LONG_STOP: Duration = Duration::from_millis(900);
const PATIENCE: Duration = Duration::from_mins(1);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_database_lose_nothing_when_they_are_killed_and_stopped() {
    let seed = seed();
    eprintln!("SEATKEEPER_KILL_SEED={seed}");
    let mut chance = Chance::of(seed);
    let stage = Stage::furnish(Database::Postgres, |launch| launch).await;
    let mut servers = (0..REPLICAS).map(|_| stage.start()).collect::<Vec<_>>();
    let callers = Wanderers::set_out(&stage, &servers, &mut chance);
    for _ in 0..number("SEATKEEPER_BLOWS", BLOWS) {
        let place = chance.below(REPLICAS);
        strike(&mut servers[place], &mut chance).await;
        callers.urls.lock().unwrap()[place] = servers[place].url().to_owned();
    }
    callers.return_home().await;
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
    first.has_stopped_within(PATIENCE).await;
    let passed_before = passed(&first_trace).len();
    let second = stage.start_with(|launch| stops_at_chunk(launch, 2, &second_trace));
    second.has_stopped_within(PATIENCE).await;
    first.signal("CONT");
    let written = written_after(&first_trace, passed_before).await;
    second.signal("CONT");
    drop((reading, first, second));
    written
}

/// How many chunks a server found to be its own to write, from a place in its trace to the end of
/// the chunk that it was at.
async fn written_after(trace: &Path, place: usize) -> usize {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let since = passed(trace).split_off(place);
        let end = Point::ChunkCommitted.name();
        if let Some(end) = since.iter().position(|name| name == end) {
            let fenced = |name: &&String| *name == Point::ChunkFenced.name();
            return since[..end].iter().filter(fenced).count();
        }
        assert!(Instant::now() < deadline, "the chunk does not end");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

fn stops_at_chunk(launch: Launch, number: usize, trace: &Path) -> Launch {
    let order = format!("{}:{number}:stop", Point::ChunkBegun.name());
    let launch = launch.with("SEATKEEPER_FAILPOINT", order);
    launch.with("SEATKEEPER_FAILPOINT_TRACE", trace)
}

/// The points that were passed, in order.
fn passed(trace: &Path) -> Vec<String> {
    let passed = std::fs::read_to_string(trace).unwrap_or_default();
    passed.lines().map(str::to_owned).collect()
}
