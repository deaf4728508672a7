use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{GetUserRequest, Outcome, User};
use seatkeeper_tests::{Connection, Fixture, assign, listed, revoke};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::test_server::TestServer;

/// Interval between two calls of the client.
const INTERVAL: Duration = Duration::from_millis(50);
/// The client runs one small batch and one health check in every `ROUND` calls.
const ROUND: usize = 20;
/// The fewest calls that the client makes, even when the attack ends earlier.
const CALLS_MIN: usize = 30;
/// Bound of the p99 latency.
const P99_MAX: Duration = Duration::from_secs(1);
/// Timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The users of the small batches.
const USERS: [&str; 3] = ["bystander-1", "bystander-2", "bystander-3"];

/// A well-behaved client that calls the server from the client's address, over its own connection
/// and in its own thread. It starts each call without waiting for the previous response.
pub(crate) struct Bystander {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Observed>,
}

/// Latencies and failures that the client observed.
#[derive(Debug, Default)]
struct Observed {
    latencies: Vec<Duration>,
    failures: Vec<String>,
}

impl Bystander {
    /// Starts a client of the test server's customer. The client makes calls until
    /// `assert_unharmed_on`.
    pub(crate) async fn beside(test_server: &TestServer) -> Self {
        let fixture = &test_server.fixture;
        let users = USERS.map(|id| fixture.person(id, "CH"));
        fixture.import_users(users.to_vec()).await;
        fixture.buy("lite", 10).await;
        let stop = Arc::<AtomicBool>::default();
        let (stopped, fixture) = (Arc::clone(&stop), fixture.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(call_until(&stopped, fixture))
        });
        Self { stop, thread }
    }

    /// Stops the client, waits for all responses, and checks that they were correct and fast.
    ///
    /// # Panics
    /// When a call failed or the p99 latency is too high.
    pub(crate) async fn assert_unharmed_on(self, test_server: &TestServer) {
        self.stop.store(true, Ordering::Relaxed);
        let joined = tokio::task::spawn_blocking(|| self.thread.join());
        let observed = joined.await.unwrap().expect("the client does not panic");
        observed.assert_unharmed(test_server.server.memory_peak_bytes());
    }
}

impl Observed {
    /// Checks that all responses were correct and fast.
    ///
    /// # Panics
    /// When a call failed or the p99 latency is too high.
    fn assert_unharmed(mut self, peak_bytes: u64) {
        self.latencies.sort_unstable();
        let calls = self.latencies.len();
        let rank = (calls * 99).div_ceil(100);
        let p99 = self.latencies[rank - 1];
        let slowest = self.latencies[calls - 1];
        let failed = self.failures.len();
        let figures = format!(
            "{calls} calls of the client, {failed} failed, p99 {p99:.1?}, slowest {slowest:.1?}; \
             the server had {} MiB",
            peak_bytes >> 20
        );
        eprintln!("{figures}");
        assert_eq!(self.failures.first(), None, "{figures}");
        assert!(p99 < P99_MAX, "{figures}");
    }
}

async fn call_until(stop: &AtomicBool, fixture: Fixture) -> Observed {
    let fixture = Fixture {
        connection: Connection::open(&fixture.url).await,
        ..fixture
    };
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    let mut observed = Observed::default();
    for number in 0.. {
        if number >= CALLS_MIN && stop.load(Ordering::Relaxed) {
            break;
        }
        ticks.tick().await;
        let fixture = fixture.clone();
        calls.spawn(async move {
            let begin = Instant::now();
            let answered = timeout(TIMEOUT, call(number, &fixture)).await;
            let answered = answered.unwrap_or_else(|_| Err("no answer".to_owned()));
            (begin.elapsed(), answered)
        });
        while let Some(done) = calls.try_join_next() {
            observed.note(done.unwrap());
        }
    }
    while let Some(done) = calls.join_next().await {
        observed.note(done.unwrap());
    }
    observed
}

impl Observed {
    fn note(&mut self, (latency, answered): (Duration, Result<(), String>)) {
        self.latencies.push(latency);
        self.failures.extend(answered.err());
    }
}

/// Makes a call and checks its response.
async fn call(number: usize, fixture: &Fixture) -> Result<(), String> {
    match number % ROUND {
        6 => small_batch(number, fixture).await,
        13 => health_check(fixture).await,
        _ => get_user(number, fixture).await,
    }
}

async fn get_user(number: usize, fixture: &Fixture) -> Result<(), String> {
    let expected = fixture.person(USERS[number % USERS.len()], "CH");
    let request = GetUserRequest {
        name: expected.name.clone(),
    };
    let answer = fixture.connection.directory().get_user(request).await;
    let answer = answer.map_err(|status| format!("GetUser: {status:?}"))?;
    let user = answer.into_inner().user.unwrap_or_default();
    let found = User {
        create_time: None,
        update_time: None,
        etag: String::new(),
        ..user
    };
    ensure(found == expected, || format!("GetUser: {found:?}"))
}

/// Runs a batch of three users; assigning and revoking batches alternate.
async fn small_batch(number: usize, fixture: &Fixture) -> Result<(), String> {
    let change = match number / ROUND % 2 {
        0 => assign(&["lite"]),
        _ => revoke(&["lite"]),
    };
    let request = fixture.request(change, listed(fixture.users(&USERS)));
    let reading = fixture.start(request).await;
    let reading = reading.map_err(|status| format!("a batch: {status:?}"))?;
    let (transcript, failure) = reading.to_break().await;
    ensure(failure.is_none(), || format!("a batch: {failure:?}"))?;
    let results = &transcript.results;
    ensure(transcript.finished.is_some(), || {
        "a batch was truncated".to_owned()
    })?;
    let named = results.iter().map(|result| &result.user);
    ensure(named.eq(&fixture.users(&USERS)), || format!("{results:?}"))?;
    let mut licenses = results.iter().flat_map(|result| &result.license_results);
    let carried_out = licenses.all(|license| license.outcome() != Outcome::Failed);
    ensure(carried_out, || format!("a batch: {results:?}"))
}

async fn health_check(fixture: &Fixture) -> Result<(), String> {
    let mut health = HealthClient::new(fixture.connection.channel());
    let answer = health.check(HealthCheckRequest::default()).await;
    let answer = answer.map_err(|status| format!("health: {status:?}"))?;
    let status = answer.into_inner().status();
    ensure(status == ServingStatus::Serving, || {
        format!("health: {status:?}")
    })
}

fn ensure(holds: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong()) }
}
