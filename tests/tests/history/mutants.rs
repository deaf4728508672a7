//! Mutants of the server must produce histories without an order.

use std::sync::Arc;

use seatkeeper_failpoints::Mutant;
use seatkeeper_tests::{
    Connection, Database, Fixture, Launch, OwnServer, Server, Storage, import_catalog,
};

use crate::rounds::{Size, contradiction, round};

/// The most rounds until the checker must find a mutant.
const ROUNDS_MAX: u64 = 40;

/// Small rounds: proving that a history has no order is expensive with many concurrent calls.
const SIZE: Size = Size {
    callers: 4,
    calls: 12,
};

/// Whether the histories of a server with this mutant contradict the model.
async fn is_found(mutant: Mutant) -> bool {
    let launch = Launch::with_fault_injection(&[]).with("SEATKEEPER_MUTANT", mutant.name());
    let storage = Storage::create(Database::Sqlite);
    let server = Server::start_on(Arc::new(storage), launch);
    import_catalog(&Connection::open(server.url()).await).await;
    let fixture = Fixture::on(&server).await;
    let mut own = OwnServer { server, fixture };
    for seed in 1..=ROUNDS_MAX {
        let history = round(&mut own, &mut [], SIZE, seed).await;
        if contradiction(&history).is_some() {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_of_seats_sold_twice_is_refused() {
    assert!(is_found(Mutant::UncheckedSeats).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_of_answers_before_their_commit_is_refused() {
    assert!(is_found(Mutant::EarlyAnswer).await);
}
