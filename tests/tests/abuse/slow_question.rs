//! Expensive requests, from callers that do not wait for the response.

use std::time::{Duration, Instant};

use seatkeeper_proto::v1::ListUsersRequest;
use seatkeeper_tests::{Connection, Database, on_each_database};
use tokio::task::JoinSet;

use crate::bystander::Bystander;
use crate::test_server::TestServer;

/// Users to scan: enough that a request takes many times its deadline.
const USERS: usize = 20_000;
/// Terms of a filter, at the limit.
const TERMS: usize = 64;
/// Callers that retry as soon as their deadline has passed.
const CALLERS: usize = 8;
const DEADLINE: Duration = Duration::from_millis(200);
/// Duration of the attack.
const HELD: Duration = Duration::from_secs(2);

/// A filter that matches no user. The server has to scan all users for each term.
fn worst_filter() -> String {
    let term = |number| format!("job_title = \"no such title {number}*\"");
    (0..TERMS).map(term).collect::<Vec<_>>().join(" OR ")
}

async fn questions_end_with_their_callers(database: Database) {
    let test_server = TestServer::start(database, &[]).await;
    test_server.add_more_users(USERS, "a title").await;
    let bystander = Bystander::beside(&test_server).await;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let connection = Connection::open(&test_server.fixture.url).await;
        let request = ListUsersRequest {
            parent: test_server.fixture.customer.clone(),
            filter: worst_filter(),
            ..ListUsersRequest::default()
        };
        callers.spawn(async move {
            let begin = Instant::now();
            while begin.elapsed() < HELD {
                let mut request = tonic::Request::new(request.clone());
                request.set_timeout(DEADLINE);
                let _given_up = connection.directory().list_users(request).await;
            }
        });
    }
    callers.join_all().await;
    bystander.assert_unharmed_on(&test_server).await;
    test_server.finish();
}

on_each_database! {
    questions_end_with_their_callers,
}
