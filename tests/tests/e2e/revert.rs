use seatkeeper_proto::v1::{Batch, ErrorReason, Outcome, RevertBatchRequest, ViolationType};
use seatkeeper_tests::{
    CommandLine, Fixture, OwnServer, Transcript, assign, everyone, listed, on_each_database,
    refused, revoke, swap,
};
use tonic::Code;

/// More users than one chunk.
const MANY: usize = 20_000;

fn of(transcript: &Transcript) -> RevertBatchRequest {
    RevertBatchRequest {
        name: transcript.batch(),
        ..RevertBatchRequest::default()
    }
}

async fn start(fixture: &Fixture, request: RevertBatchRequest) -> Batch {
    let answer = fixture.connection.batches().revert_batch(request).await;
    answer.unwrap().into_inner().batch.unwrap()
}

async fn revert(fixture: &Fixture, transcript: &Transcript) -> (Batch, Transcript) {
    let batch = start(fixture, of(transcript)).await;
    let transcript = fixture.follow(&batch.name, 0).await.unwrap().to_end().await;
    (batch, transcript)
}

/// Three users with `suite` get `lite` instead.
async fn swapped(fixture: &Fixture) -> Transcript {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
    fixture.buy("lite", 3).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    fixture
        .change(swap(&["suite"], &["lite"]), everyone())
        .await
}

async fn a_swap_is_put_back(fixture: Fixture) {
    let transcript = swapped(&fixture).await;
    let (batch, back) = revert(&fixture, &transcript).await;
    assert_eq!(
        fixture.holdings().await,
        ["u1:suite", "u2:suite", "u3:suite"]
    );
    assert_eq!(back.count(Outcome::Assigned), 3);
    assert_eq!(batch.reverted_batch, transcript.batch());
    assert_eq!((batch.change, batch.selection), (None, None));
}

async fn licenses_changed_since_are_reported_and_left_unchanged(fixture: Fixture) {
    let transcript = swapped(&fixture).await;
    let one = || listed(fixture.users(&["u2"]));
    fixture.change(revoke(&["lite"]), one()).await;
    fixture.change(assign(&["lite"]), one()).await;
    let (_, back) = revert(&fixture, &transcript).await;
    assert_eq!(
        fixture.holdings().await,
        ["u1:suite", "u2:lite", "u3:suite"]
    );
    let violations = &back.results[1].license_results[1].violations;
    assert_eq!(violations[0].r#type(), ViolationType::ChangedSince);
}

async fn a_revert_is_reverted(fixture: Fixture) {
    let transcript = swapped(&fixture).await;
    let (_, back) = revert(&fixture, &transcript).await;
    revert(&fixture, &back).await;
    assert_eq!(fixture.holdings().await, ["u1:lite", "u2:lite", "u3:lite"]);
}

async fn a_batch_that_changed_nothing_is_refused(fixture: Fixture) {
    fixture.add_users(1).await;
    let nothing = fixture.change(revoke(&["suite"]), everyone()).await;
    let answer = fixture
        .connection
        .batches()
        .revert_batch(of(&nothing))
        .await;
    refused(answer.map(drop))
        .is(Code::FailedPrecondition, ErrorReason::NothingToRevert)
        .with("name", &nothing.batch());
}

async fn the_command_line_reverts(fixture: Fixture) {
    let transcript = swapped(&fixture).await;
    let id = transcript.batch();
    let id = id.rsplit('/').next().unwrap();
    let line = CommandLine::of(&fixture);
    let words = ["batches", "revert", id, "--customer", fixture.customer_id()];
    let ended = line.run(&words).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(
        fixture.holdings().await,
        ["u1:suite", "u2:suite", "u3:suite"]
    );
}

async fn a_revert_survives_a_crash(mut own: OwnServer) {
    own.fixture.add_users(MANY).await;
    let seats = i64::try_from(MANY).unwrap();
    own.fixture.buy("suite", seats).await;
    let transcript = own.fixture.change(assign(&["suite"]), everyone()).await;
    let batch = start(&own.fixture, of(&transcript)).await;
    let mut reading = own.fixture.follow(&batch.name, 0).await.unwrap();
    reading.read_results(1).await.unwrap();
    reading.hang_up();
    own.server.kill();
    own.start_again().await;
    let reading = own.fixture.follow(&batch.name, 0).await.unwrap();
    assert_eq!(reading.to_end().await.count(Outcome::Revoked), seats);
    assert_eq!(own.fixture.entitlement("suite").await.assigned_count, 0);
}

on_each_database! {
    a_swap_is_put_back,
    licenses_changed_since_are_reported_and_left_unchanged,
    a_revert_is_reverted,
    a_batch_that_changed_nothing_is_refused,
    the_command_line_reverts,
    a_revert_survives_a_crash,
}
