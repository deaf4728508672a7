use std::collections::HashSet;

use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, Outcome, UserResult};
use seatkeeper_tests::{Own, assign, everyone, on_each_database};

const USERS: usize = 30_000;
const SEATS: i64 = 25_000;

/// Runs a batch on a server that is killed each time that many results have come, and started
/// again; gives the results of all streams together.
async fn survive(own: &mut Own, moments: &[usize]) -> Vec<UserResult> {
    own.scene.add_users(USERS).await;
    own.scene.buy("suite", SEATS).await;
    let request = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..own.scene.request(assign(&["suite"]), everyone())
    };
    let mut reading = own.scene.start(request).await.unwrap();
    reading.next().await.unwrap();
    let batch = reading.so_far().batch();
    reading.read_results(moments[0]).await.unwrap();
    let mut results = reading.hang_up().results;
    for (round, _) in moments.iter().enumerate() {
        own.server.kill();
        own.start_again().await;
        let after = i64::try_from(results.len()).unwrap();
        let mut reading = own.scene.follow(&batch, after).await.unwrap();
        match moments.get(round + 1) {
            Some(moment) => {
                reading.read_results(moment - results.len()).await.unwrap();
                results.extend(reading.hang_up().results);
            }
            None => results.extend(reading.to_end().await.results),
        }
    }
    results
}

async fn consistent(own: &Own, results: &[UserResult]) {
    let users = results.iter().map(|result| &result.user);
    assert_eq!(
        users.collect::<HashSet<_>>().len(),
        USERS,
        "each user has one result"
    );
    let outcomes = results
        .iter()
        .map(|result| result.license_results[0].outcome());
    let assigned = outcomes
        .filter(|outcome| *outcome == Outcome::Assigned)
        .count();
    assert_eq!(i64::try_from(assigned).unwrap(), SEATS);
    assert_eq!(own.scene.entitlement("suite").await.assigned_count, SEATS);
    assert_eq!(own.scene.holdings().await.len(), assigned);
}

async fn right_after_the_batch_was_accepted(mut own: Own) {
    let results = survive(&mut own, &[0]).await;
    consistent(&own, &results).await;
}

async fn twice_midway(mut own: Own) {
    let results = survive(&mut own, &[1, 15_000]).await;
    consistent(&own, &results).await;
}

on_each_database! {
    right_after_the_batch_was_accepted,
    twice_midway,
}
