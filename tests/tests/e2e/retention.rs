//! The server deletes ended batches and old journal entries after their retention.

use std::time::Duration;

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, GetBatchRequest, ListJournalEntriesRequest,
    WatchJournalEntriesRequest,
};
use seatkeeper_tests::{
    Database, Fixture, OwnServer, Refusal, Server, Storage, assign, everyone, on_each_database,
    refusal, run_alone,
};
use tonic::Code;

/// Retention just long enough for a batch's own readers; the retention job runs every second.
const BRIEFLY: [&str; 4] = ["--batch-retention", "2s", "--retention-interval", "1s"];

/// Timeout for the retention job to delete a batch.
const TIMEOUT: Duration = Duration::from_mins(1);

async fn keeping_briefly(database: Database) -> OwnServer {
    OwnServer::start_with(Storage::create(database), &BRIEFLY).await
}

fn request(fixture: &Fixture) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..fixture.request(assign(&["suite"]), everyone())
    }
}

async fn populate(fixture: &Fixture) {
    fixture.add_users(3).await;
    fixture.buy("suite", 3).await;
}

/// Waits until a batch is deleted, and returns the rejection of a call that names it.
async fn gone(fixture: &Fixture, name: &str) -> Refusal {
    let gone = async {
        loop {
            let request = GetBatchRequest {
                name: name.to_owned(),
            };
            if let Err(status) = fixture.connection.batches().get_batch(request).await {
                return refusal(&status);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, gone).await.unwrap()
}

async fn a_batch_disappears_after_its_time_and_verify_finds_nothing(database: Database) {
    let own = keeping_briefly(database).await;
    populate(&own.fixture).await;
    let done = own.fixture.run(request(&own.fixture)).await;
    gone(&own.fixture, &done.batch())
        .await
        .is(Code::NotFound, ErrorReason::BatchNotFound);
    let storage = own.server.storage().arguments();
    let storage = storage.map(|word| word.into_string().unwrap());
    let ended = run_alone(&["verify", &storage[0], &storage[1]]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
}

async fn its_request_id_acts_anew(database: Database) {
    let own = keeping_briefly(database).await;
    populate(&own.fixture).await;
    let first = own.fixture.run(request(&own.fixture)).await;
    gone(&own.fixture, &first.batch()).await;
    let anew = own.fixture.run(request(&own.fixture)).await;
    assert_ne!(anew.batch(), first.batch());
    assert!(!anew.started.unwrap().joined);
}

/// After retention has deleted old entries, a list of the whole journal starts at the first
/// remaining entry. A reader with an older resume point gets an error that names that entry.
async fn a_reader_of_the_journal_goes_on_from_what_is_left(database: Database) {
    let retention = ["--journal-retention", "3s"];
    let arguments = [&BRIEFLY[..], &retention].concat();
    let own = OwnServer::start_with(Storage::create(database), &arguments).await;
    let fixture = &own.fixture;
    populate(fixture).await;
    fixture.run(request(fixture)).await;
    let refused = removed(fixture).await;
    refused.is(Code::OutOfRange, ErrorReason::ResumePointUnknown);
    fixture.buy("suite", 1).await;
    let list = ListJournalEntriesRequest {
        parent: fixture.customer.clone(),
        ..ListJournalEntriesRequest::default()
    };
    let mut journal = fixture.connection.journal();
    let left = journal
        .list_journal_entries(list)
        .await
        .unwrap()
        .into_inner();
    assert!(left.journal_entries[0].sequence_number > 2, "{left:?}");
    let watch = WatchJournalEntriesRequest {
        parent: fixture.customer.clone(),
        after_sequence_number: 1,
        ..WatchJournalEntriesRequest::default()
    };
    let watched = journal.watch_journal_entries(watch).await;
    let status = match watched {
        Err(status) => status,
        Ok(answer) => answer.into_inner().message().await.unwrap_err(),
    };
    refusal(&status).is(Code::OutOfRange, ErrorReason::ResumePointUnknown);
    let storage = own.server.storage().arguments();
    let storage = storage.map(|word| word.into_string().unwrap());
    let ended = run_alone(&["verify", &storage[0], &storage[1]]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
}

/// Waits until the second entry is deleted, and returns the rejection of a reader that resumes
/// before it.
async fn removed(fixture: &Fixture) -> Refusal {
    let removed = async {
        loop {
            let list = ListJournalEntriesRequest {
                parent: fixture.customer.clone(),
                after_sequence_number: 1,
                ..ListJournalEntriesRequest::default()
            };
            if let Err(status) = fixture
                .connection
                .journal()
                .list_journal_entries(list)
                .await
            {
                return refusal(&status);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, removed).await.unwrap()
}

async fn a_journal_kept_for_less_time_than_its_batches_is_refused(database: Database) {
    let storage = Storage::create(database);
    let (status, output) = Server::refuse(&storage, &["--journal-retention", "1d"]);
    assert_eq!(status.code(), Some(2), "{output}");
    assert!(
        output.contains("is shorter than --batch-retention 90d"),
        "{output}"
    );
}

on_each_database! {
    a_reader_of_the_journal_goes_on_from_what_is_left,
    a_journal_kept_for_less_time_than_its_batches_is_refused,
    a_batch_disappears_after_its_time_and_verify_finds_nothing,
    its_request_id_acts_anew,
}
