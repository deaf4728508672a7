use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, UserResult};
use seatkeeper_tests::{Fixture, assign, everyone, on_each_database};

/// More than one chunk, so that a dry run has to carry its seat counts across chunks.
const USERS: usize = 6_000;
const SEATS: i64 = 5_500;

fn request(fixture: &Fixture) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        include_licenses: true,
        ..fixture.request(assign(&["suite", "addon"]), everyone())
    }
}

fn dry_run(fixture: &Fixture) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        validate_only: true,
        ..request(fixture)
    }
}

async fn populate(fixture: &Fixture, users: usize, seats: i64) {
    fixture.add_users(users).await;
    fixture.buy("suite", seats).await;
    fixture.buy("addon", seats + 1).await;
}

async fn a_dry_run_writes_nothing(fixture: Fixture) {
    populate(&fixture, 3, 2).await;
    let before = fixture.state().await;
    fixture.run(dry_run(&fixture)).await;
    assert_eq!(fixture.state().await, before);
}

async fn a_dry_run_reports_the_results_of_the_real_run(fixture: Fixture) {
    populate(&fixture, USERS, SEATS).await;
    let foretold = fixture.run(dry_run(&fixture)).await;
    let done = fixture.run(request(&fixture)).await;
    let same = |pair: (&UserResult, &UserResult)| assert_eq!(pair.0, pair.1);
    assert_eq!(foretold.results.len(), done.results.len());
    foretold.results.iter().zip(&done.results).for_each(same);
    assert_eq!(
        foretold.summary().outcome_counts,
        done.summary().outcome_counts
    );
}

async fn a_dry_run_leaves_no_batch_behind(fixture: Fixture) {
    populate(&fixture, 1, 1).await;
    let transcript = fixture.run(dry_run(&fixture)).await;
    assert_eq!(transcript.batch(), "");
}

async fn a_dry_run_does_not_use_the_request_id_up(fixture: Fixture) {
    populate(&fixture, 1, 1).await;
    let request_id = "first".to_owned();
    let rehearsed = BatchUpdateLicensesRequest {
        request_id: request_id.clone(),
        ..dry_run(&fixture)
    };
    fixture.run(rehearsed).await;
    let real = BatchUpdateLicensesRequest {
        request_id,
        ..request(&fixture)
    };
    assert!(!fixture.run(real).await.started.unwrap().joined);
}

on_each_database! {
    a_dry_run_writes_nothing,
    a_dry_run_reports_the_results_of_the_real_run,
    a_dry_run_leaves_no_batch_behind,
    a_dry_run_does_not_use_the_request_id_up,
}
