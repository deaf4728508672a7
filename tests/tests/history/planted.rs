//! Bugs that are planted in the server must make histories that have no order.

use std::sync::Arc;

use seatkeeper_fault::Bug;
use seatkeeper_tests::{Connection, Database, Launch, Own, Scene, Server, Storage, import_catalog};

use crate::rounds::{Size, contradiction, round};

/// Rounds in which a bug must show.
const ROUNDS_MAX: u64 = 40;

/// Small ones: that there is no order takes long to find out where much happens at once.
const SIZE: Size = Size {
    callers: 4,
    calls: 12,
};

/// Whether the histories of a server with this bug contradict the model.
async fn is_found(bug: Bug) -> bool {
    let launch = Launch::faulty(&[]).with("SEATKEEPER_PLANTED_BUG", bug.name());
    let storage = Storage::create(Database::Sqlite);
    let server = Server::start_on(Arc::new(storage), launch);
    import_catalog(&Connection::open(server.url()).await).await;
    let scene = Scene::on(&server).await;
    let mut own = Own { server, scene };
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
    assert!(is_found(Bug::UncheckedSeats).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_of_answers_before_their_commit_is_refused() {
    assert!(is_found(Bug::EarlyAnswer).await);
}
