//! A database from whose journal the oldest entries were removed, damaged.

use std::sync::Arc;
use std::time::Duration;

use seatkeeper_proto::v1::{Change, ListJournalEntriesRequest, UpdateUserLicensesRequest};
use seatkeeper_tests::{
    Connection, Database, Launch, Own, Scene, Server, Storage, assign, assignment, everyone,
    import_catalog, listed, revoke,
};
use tonic::Code;

use crate::damage::{Damage, each_is_found_and_named};

/// What was removed is removed for good: nothing is kept, and looked for every second.
const BRIEFLY: [&str; 8] = [
    "--segment-users",
    "8",
    "--batch-retention",
    "0s",
    "--journal-retention",
    "0s",
    "--upkeep-interval",
    "1s",
];

/// How long the removal may take.
const PATIENCE: Duration = Duration::from_mins(1);

const DAMAGES: &[Damage] = &[
    (
        "a license of the base is lost",
        "DELETE FROM base_licenses WHERE user_key = 8",
        "licenses",
        "by the journal it is not held",
    ),
    (
        "the base has a license that was not held",
        "INSERT INTO base_licenses SELECT customer_key, user_key, 3, '', 1, 1 \
         FROM base_licenses WHERE user_key = 8",
        "licenses",
        "by the journal it is held",
    ),
    (
        "a license of the base has other plans off",
        "UPDATE base_licenses SET disabled_plans = '0' WHERE user_key = 8",
        "licenses",
        "disabled plans",
    ),
    (
        "a license of the base was assigned at another time",
        "UPDATE base_licenses SET assign_time = assign_time + 1 WHERE user_key = 8",
        "licenses",
        "assign_time",
    ),
    (
        "a license of the base was changed by another entry",
        "UPDATE base_licenses SET changed_by = changed_by + 1 WHERE user_key = 8",
        "licenses",
        "changed_by",
    ),
    (
        "what the entries after the base say of a license is not so",
        "DELETE FROM base_licenses WHERE user_key = 2",
        "journal",
        "what it says was held before was not",
    ),
    (
        "the base is lost",
        "DELETE FROM journal_bases",
        "journal_bases",
        "nothing stands in their place",
    ),
    (
        "the base is cut short",
        "UPDATE journal_bases SET payload = substr(payload, 1, 7)",
        "journal_bases",
        "not checked",
    ),
    (
        "the base ends before the first entry that is left",
        "UPDATE customers SET journal_base = journal_base - 1",
        "journal_bases",
        "sequence",
    ),
    (
        "the base ends beyond the journal",
        "DELETE FROM journal; UPDATE customers SET journal_sequence = journal_base",
        "journal_bases",
        "it ends with",
    ),
    (
        "the first entry after the base is lost",
        "DELETE FROM journal WHERE sequence = (SELECT min(sequence) FROM journal)",
        "journal",
        "there is a gap",
    ),
    (
        "the purchases of the base are lost",
        "UPDATE purchases SET seats = seats + 1 WHERE product_key = 0",
        "purchases",
        "not those of the journal",
    ),
    (
        "a request leads to an entry that was removed",
        "UPDATE requests SET journal_sequence = 1 WHERE request_id = 'single'",
        "requests",
        "it leads to no journal entry",
    ),
];

/// A storage from whose journal everything was removed but the last entry, and which went on.
async fn storage(database: Database) -> Arc<Storage> {
    let storage = Arc::new(Storage::create(database));
    let server = Server::start_on(Arc::clone(&storage), Launch::faulty(&BRIEFLY));
    import_catalog(&Connection::open(server.url()).await).await;
    let mut own = Own {
        scene: Scene::on(&server).await,
        server,
    };
    let scene = &own.scene;
    scene.add_users(20).await;
    scene.buy("suite", 30).await;
    scene.change(assign(&["suite"]), everyone()).await;
    let without_chat = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    scene.change(without_chat, listed([scene.user("u8")])).await;
    scene
        .change(revoke(&["suite"]), listed([scene.user("u1")]))
        .await;
    scene.buy("lite", 5).await;
    compacted(scene).await;
    own.server.kill();
    let server = Server::start_on(Arc::clone(&storage), Launch::faulty(&[]));
    let scene = Scene {
        connection: Connection::open(server.url()).await,
        ..own.scene.clone()
    };
    scene
        .change(revoke(&["suite"]), listed([scene.user("u2")]))
        .await;
    scene
        .change(assign(&["lite"]), listed([scene.user("u3")]))
        .await;
    let single = UpdateUserLicensesRequest {
        name: scene.user("u4"),
        change: Some(assign(&["lite"])),
        request_id: "single".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = scene.connection.licenses();
    licenses.update_user_licenses(single).await.unwrap();
    drop(server);
    storage
}

/// Waits until the second entry is not there any more, nor are the batches.
async fn compacted(scene: &Scene) {
    let gone = async {
        loop {
            let request = ListJournalEntriesRequest {
                parent: scene.customer.clone(),
                after_sequence_number: 5,
                ..ListJournalEntriesRequest::default()
            };
            let answer = scene
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
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
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
