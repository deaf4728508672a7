//! Damage of a database whose retention job has deleted the oldest journal entries.

use std::sync::Arc;
use std::time::Duration;

use seatkeeper_proto::v1::{Change, ListJournalEntriesRequest, UpdateUserLicensesRequest};
use seatkeeper_tests::{
    Connection, Database, Fixture, Launch, OwnServer, Server, Storage, assign, assignment,
    everyone, import_catalog, listed, revoke,
};
use tonic::Code;

use crate::damage::{Damage, each_is_found_and_named};

/// The shortest retention; the retention job runs every second.
const BRIEFLY: [&str; 8] = [
    "--segment-users",
    "8",
    "--batch-retention",
    "0s",
    "--journal-retention",
    "0s",
    "--retention-interval",
    "1s",
];

/// Timeout for the retention job to delete the entries.
const TIMEOUT: Duration = Duration::from_mins(1);

const DAMAGES: &[Damage] = &[
    (
        "a license of the checkpoint is missing",
        "DELETE FROM checkpoint_licenses WHERE user_key = 8",
        "licenses",
        "the journal says that it is not held",
    ),
    (
        "the checkpoint has a license that was not held",
        "INSERT INTO checkpoint_licenses SELECT customer_key, user_key, 3, '', 1, 1 \
         FROM checkpoint_licenses WHERE user_key = 8",
        "licenses",
        "the journal says that it is held",
    ),
    (
        "a license of the checkpoint has other disabled plans",
        "UPDATE checkpoint_licenses SET disabled_plans = '0' WHERE user_key = 8",
        "licenses",
        "disabled plans",
    ),
    (
        "a license of the checkpoint was assigned at another time",
        "UPDATE checkpoint_licenses SET assign_time = assign_time + 1 WHERE user_key = 8",
        "licenses",
        "assign_time",
    ),
    (
        "a license of the checkpoint was changed by another entry",
        "UPDATE checkpoint_licenses SET changed_by = changed_by + 1 WHERE user_key = 8",
        "licenses",
        "changed_by",
    ),
    (
        "entries after the checkpoint contradict its licenses",
        "DELETE FROM checkpoint_licenses WHERE user_key = 2",
        "journal",
        "its license before the decision was not the one held",
    ),
    (
        "the checkpoint is missing",
        "DELETE FROM journal_checkpoints",
        "journal_checkpoints",
        "the checkpoint is missing",
    ),
    (
        "the checkpoint is truncated",
        "UPDATE journal_checkpoints SET payload = substr(payload, 1, 7)",
        "journal_checkpoints",
        "not checked",
    ),
    (
        "the checkpoint ends before the first remaining entry",
        "UPDATE customers SET journal_checkpoint = journal_checkpoint - 1",
        "journal_checkpoints",
        "sequence",
    ),
    (
        "the checkpoint ends beyond the journal",
        "DELETE FROM journal; UPDATE customers SET journal_sequence = journal_checkpoint",
        "journal_checkpoints",
        "it ends with",
    ),
    (
        "the first entry after the checkpoint is missing",
        "DELETE FROM journal WHERE sequence = (SELECT min(sequence) FROM journal)",
        "journal",
        "there is a gap",
    ),
    (
        "the purchases contradict the checkpoint",
        "UPDATE purchases SET seats = seats + 1 WHERE product_key = 0",
        "purchases",
        "differ from those in the journal",
    ),
    (
        "an idempotency record references a deleted entry",
        "UPDATE requests SET journal_sequence = 1 WHERE request_id = 'single'",
        "requests",
        "it leads to no journal entry",
    ),
];

/// A storage whose retention job has deleted all old journal entries. Later changes have added new
/// entries.
async fn storage(database: Database) -> Arc<Storage> {
    let storage = Arc::new(Storage::create(database));
    let server = Server::start_on(Arc::clone(&storage), Launch::with_fault_injection(&BRIEFLY));
    import_catalog(&Connection::open(server.url()).await).await;
    let mut own = OwnServer {
        fixture: Fixture::on(&server).await,
        server,
    };
    let fixture = &own.fixture;
    fixture.add_users(20).await;
    fixture.buy("suite", 30).await;
    fixture.change(assign(&["suite"]), everyone()).await;
    let without_chat = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    fixture
        .change(without_chat, listed([fixture.user("u8")]))
        .await;
    fixture
        .change(revoke(&["suite"]), listed([fixture.user("u1")]))
        .await;
    fixture.buy("lite", 5).await;
    compacted(fixture).await;
    own.server.kill();
    let server = Server::start_on(Arc::clone(&storage), Launch::with_fault_injection(&[]));
    let fixture = Fixture {
        connection: Connection::open(server.url()).await,
        ..own.fixture.clone()
    };
    fixture
        .change(revoke(&["suite"]), listed([fixture.user("u2")]))
        .await;
    fixture
        .change(assign(&["lite"]), listed([fixture.user("u3")]))
        .await;
    let single = UpdateUserLicensesRequest {
        name: fixture.user("u4"),
        change: Some(assign(&["lite"])),
        request_id: "single".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = fixture.connection.licenses();
    licenses.update_user_licenses(single).await.unwrap();
    drop(server);
    storage
}

/// Waits until retention has deleted the batches and the first entries of the journal.
async fn compacted(fixture: &Fixture) {
    let gone = async {
        loop {
            let request = ListJournalEntriesRequest {
                parent: fixture.customer.clone(),
                after_sequence_number: 5,
                ..ListJournalEntriesRequest::default()
            };
            let answer = fixture
                .connection
                .journal()
                .list_journal_entries(request)
                .await;
            if answer.is_err_and(|status| status.code() == Code::OutOfRange) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, gone).await.unwrap();
}

#[tokio::test]
async fn on_sqlite_every_damage_of_what_is_left_is_found_and_named() {
    let storage = storage(Database::Sqlite).await;
    each_is_found_and_named(&storage, DAMAGES).await;
}

#[tokio::test]
async fn on_postgres_every_damage_of_what_is_left_is_found_and_named() {
    let storage = storage(Database::Postgres).await;
    each_is_found_and_named(&storage, DAMAGES).await;
}
