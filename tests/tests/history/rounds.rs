use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use seatkeeper_tests::{Database, Own, Scene, Server, Storage};
use tokio::task::JoinSet;

use crate::callers::Caller;
use crate::chance::Chance;
use crate::history::{Event, out_of_order};
use crate::model::{Customer, PRODUCTS, USERS};
use crate::search::order;

/// Callers at once, and calls of each in a round.
const CALLERS: usize = 6;
const CALLS: usize = 30;

/// Rounds that every change must pass, on each database.
const ROUNDS_IN_CI: u64 = 4;

/// Seats of each product to begin with: fewer than users.
const SEATS: i64 = 2;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text:?}")),
    )
}

/// Plays rounds, each on a customer of its own, on these many servers over one database.
#[expect(clippy::print_stdout, reason = "a test tells what it did")]
async fn play(database: Database, servers: usize) {
    let mut own = Own::start(Storage::create(database)).await;
    let mut others: Vec<_> = (1..servers).map(|_| own.server.start_beside()).collect();
    let first = variable("HISTORY_SEED").unwrap_or(1);
    let rounds = variable("HISTORY_ROUNDS").unwrap_or(ROUNDS_IN_CI);
    let (mut calls, mut unanswered) = (0, 0);
    for seed in first..first + rounds {
        let history = round(&mut own, &mut others, seed).await;
        calls += history.len();
        unanswered += history
            .iter()
            .filter(|event| event.answer.is_none())
            .count();
        check(seed, &history);
    }
    println!("{rounds} rounds, {calls} calls, {unanswered} of them unanswered");
}

async fn round(own: &mut Own, others: &mut [Server], seed: u64) -> Vec<Event> {
    let mut chance = Chance::new(seed);
    let scene = Scene::on(&own.server).await;
    let users = (0..USERS).map(|user| scene.person(&format!("u{user}"), "CH"));
    scene.import_users(users.collect()).await;
    for product in PRODUCTS {
        scene.buy(product, SEATS).await;
    }
    let servers = Arc::new(Mutex::new(addresses(own, others)));
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let caller = Caller {
            customer: scene.customer.clone(),
            servers: Arc::clone(&servers),
            chance: Chance::new(chance.next()),
            began,
        };
        callers.spawn(caller.call_often(CALLS));
    }
    // In every other round a server dies in the middle.
    if seed.is_multiple_of(2) {
        let millis = 20 + chance.next() % 300;
        tokio::time::sleep(Duration::from_millis(millis)).await;
        match others.first_mut() {
            Some(other) => other.start_again(),
            None => own.start_again().await,
        }
        *servers.lock().unwrap() = addresses(own, others);
    }
    callers.join_all().await.concat()
}

fn addresses(own: &Own, others: &[Server]) -> Vec<String> {
    let others = others.iter().map(|server| server.url().to_owned());
    others.chain([own.server.url().to_owned()]).collect()
}

fn check(seed: u64, history: &[Event]) {
    let contradiction = out_of_order(history);
    assert!(
        contradiction.is_none(),
        "seed {seed}: the journal contradicts time: {contradiction:#?}"
    );
    let begin = Customer {
        seats: [SEATS; 2],
        ..Customer::default()
    };
    if let Err(farthest) = order(history, &begin) {
        let total = history.len();
        panic!("seed {seed}: {farthest} of {total} calls can be put in order: {history:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_to_one_server_on_sqlite_have_an_order() {
    play(Database::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_to_three_servers_on_postgres_have_an_order() {
    play(Database::Postgres, 3).await;
}
