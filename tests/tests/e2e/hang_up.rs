use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, batch};
use seatkeeper_tests::{Fixture, assign, everyone, on_each_database};

const USERS: usize = 30_000;

/// Starts a batch and disconnects after its first results. Returns the batch and the number of
/// results.
async fn hang_up(fixture: &Fixture, cancel_on_disconnect: bool) -> (String, usize) {
    fixture.add_users(USERS).await;
    fixture.buy("suite", 30_000).await;
    let request = BatchUpdateLicensesRequest {
        cancel_on_disconnect,
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let mut reading = fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    let transcript = reading.hang_up();
    (transcript.batch(), transcript.results.len())
}

async fn a_batch_goes_on_when_its_caller_hangs_up(fixture: Fixture) {
    let (batch, seen) = hang_up(&fixture, false).await;
    let ended = fixture.ended_batch(&batch).await;
    assert_eq!(ended.state(), batch::State::Succeeded);
    let after = i64::try_from(seen).unwrap();
    let rest = fixture.follow(&batch, after).await.unwrap().to_end().await;
    assert_eq!(rest.results.len(), USERS - seen);
}

async fn a_batch_is_cancelled_with_its_caller_on_request(fixture: Fixture) {
    let (batch, seen) = hang_up(&fixture, true).await;
    assert!(seen < USERS);
    let ended = fixture.ended_batch(&batch).await;
    assert_eq!(ended.state(), batch::State::Cancelled);
}

on_each_database! {
    a_batch_goes_on_when_its_caller_hangs_up,
    a_batch_is_cancelled_with_its_caller_on_request,
}
