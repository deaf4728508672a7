use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use seatkeeper_tests::{Database, Fixture, OwnServer, Server, Storage};
use tokio::task::JoinSet;

use crate::callers::Caller;
use crate::history::{Event, out_of_order};
use crate::model::{Customer, PRODUCTS, USERS};
use crate::rng::Rng;
use crate::search::order;

/// The size of a round.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Number of concurrent callers.
    callers: usize,
    /// Number of calls per caller.
    calls: usize,
}

const LARGE: Size = Size {
    callers: 6,
    calls: 30,
};

/// Small enough that it takes little time to show that a history has no order.
const SMALL: Size = Size {
    callers: 4,
    calls: 12,
};

/// Number of rounds of each test in CI.
const ROUNDS_IN_CI: u64 = 4;

/// Initial seats of each product: fewer than users.
const SEATS: i64 = 2;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text:?}")),
    )
}

/// Runs rounds, each with a new customer, on `servers` servers over one database.
#[expect(clippy::print_stdout, reason = "the test prints its statistics")]
async fn play(database: Database, servers: usize, size: Size) {
    let mut own = OwnServer::start(Storage::create(database)).await;
    let mut others: Vec<_> = (1..servers).map(|_| own.server.start_beside()).collect();
    let first = variable("HISTORY_SEED").unwrap_or(1);
    let rounds = variable("HISTORY_ROUNDS").unwrap_or(ROUNDS_IN_CI);
    let (mut calls, mut unanswered) = (0, 0);
    for seed in first..first + rounds {
        let history = round(&mut own, &mut others, size, seed).await;
        calls += history.len();
        unanswered += history
            .iter()
            .filter(|event| event.answer.is_none())
            .count();
        if let Some(contradiction) = contradiction(&history) {
            panic!("seed {seed}: {contradiction}");
        }
    }
    println!("{rounds} rounds, {calls} calls, {unanswered} of them without a response");
}

/// Runs one round with a new customer.
async fn round(own: &mut OwnServer, others: &mut [Server], size: Size, seed: u64) -> Vec<Event> {
    let mut rng = Rng::new(seed);
    let fixture = Fixture::on(&own.server).await;
    let users = (0..USERS).map(|user| fixture.person(&format!("u{user}"), "CH"));
    fixture.import_users(users.collect()).await;
    for product in PRODUCTS {
        fixture.buy(product, SEATS).await;
    }
    let servers = Arc::new(Mutex::new(addresses(own, others)));
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..size.callers {
        let caller = Caller {
            customer: fixture.customer.clone(),
            servers: Arc::clone(&servers),
            rng: Rng::new(rng.next()),
            began,
        };
        callers.spawn(caller.call_often(size.calls));
    }
    // In every second round a server is killed and restarted.
    if seed.is_multiple_of(2) {
        let millis = 20 + rng.next() % 300;
        tokio::time::sleep(Duration::from_millis(millis)).await;
        match others.first_mut() {
            Some(other) => other.start_again(),
            None => own.start_again().await,
        }
        *servers.lock().unwrap() = addresses(own, others);
    }
    callers.join_all().await.concat()
}

fn addresses(own: &OwnServer, others: &[Server]) -> Vec<String> {
    let others = others.iter().map(|server| server.url().to_owned());
    others.chain([own.server.url().to_owned()]).collect()
}

/// Describes why no order of these calls agrees with their times and the journal; `None` when an
/// order exists.
fn contradiction(history: &[Event]) -> Option<String> {
    if let Some(contradiction) = out_of_order(history) {
        return Some(format!(
            "the journal contradicts the times of calls: {contradiction:#?}"
        ));
    }
    let begin = Customer {
        seats: [SEATS; 2],
        ..Customer::default()
    };
    let farthest = order(history, &begin).err()?;
    let total = history.len();
    Some(format!(
        "at most {farthest} of {total} calls have an order: {history:#?}"
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_to_one_server_on_sqlite_have_an_order() {
    play(Database::Sqlite, 1, LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_to_three_servers_on_postgres_have_an_order() {
    play(Database::Postgres, 3, LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_calls_to_one_server_on_sqlite_have_an_order() {
    play(Database::Sqlite, 1, SMALL).await;
}
