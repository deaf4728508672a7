//! Servers on databases of earlier schema versions, and on a database of a later version.

mod left;
mod tables;

use seatkeeper_proto::v1::{
    ListCustomersRequest, ListJournalEntriesRequest, ListSelectionsRequest,
};
use seatkeeper_tests::{
    Connection, Database, Ended, Fixture, OwnServer, Server, Storage, assign, everyone,
    on_each_database, run_alone,
};

use self::left::{Left, VERSIONS};
use self::tables::Tables;

/// The data of earlier versions is older than every default retention.
const KEEPING_ALL: [&str; 2] = ["--batch-retention", "forever"];

async fn verify(storage: &Storage) -> Ended {
    let [option, location] = storage.arguments().map(|word| word.into_string().unwrap());
    run_alone(&["verify", &option, &location]).await
}

/// The only customer of a server.
async fn only_customer(server: &Server) -> Fixture {
    let connection = Connection::open(server.url()).await;
    let request = ListCustomersRequest::default();
    let listed = connection.customers().list_customers(request).await;
    let [customer] = &listed.unwrap().into_inner().customers[..] else {
        panic!("one customer");
    };
    Fixture {
        customer: customer.name.clone(),
        url: server.url().to_owned(),
        connection,
    }
}

async fn journal_length(fixture: &Fixture) -> usize {
    let request = ListJournalEntriesRequest {
        parent: fixture.customer.clone(),
        page_size: 1_000,
        ..ListJournalEntriesRequest::default()
    };
    let mut journal = fixture.connection.journal();
    let page = journal
        .list_journal_entries(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.next_page_token, "", "the journal fits one page");
    page.journal_entries.len()
}

async fn selections(fixture: &Fixture) -> usize {
    let request = ListSelectionsRequest {
        parent: fixture.customer.clone(),
        ..ListSelectionsRequest::default()
    };
    let listed = fixture
        .connection
        .selections()
        .list_selections(request)
        .await;
    listed.unwrap().into_inner().selections.len()
}

async fn every_version_is_brought_forward_with_its_data(database: Database) {
    for (number, version) in VERSIONS.iter().enumerate() {
        let left = Left::of_version(number);
        let storage = Storage::create(database);
        left.write(&Tables::open(&storage).await).await;
        let server = Server::start_with(storage, &KEEPING_ALL);
        let fixture = only_customer(&server).await;
        let sound = verify(server.storage()).await;
        assert_eq!(sound.code, 0, "{version:?}: {sound:?}");

        let state = fixture.state().await;
        assert_eq!(state.licenses.len(), left.count("licenses"), "{version:?}");
        assert_eq!(state.batches.len(), left.count("batches"), "{version:?}");
        assert_eq!(
            state.entitlements.len(),
            left.count("entitlements"),
            "{version:?}"
        );
        assert_eq!(
            journal_length(&fixture).await,
            left.count("journal"),
            "{version:?}"
        );
        for batch in &state.batches {
            let transcript = fixture.follow(&batch.name, 0).await.unwrap().to_end().await;
            let users = usize::try_from(batch.user_count).unwrap();
            assert_eq!(
                transcript.results.len(),
                users,
                "{version:?}: {}",
                batch.name
            );
        }
        assert_eq!(
            selections(&fixture).await,
            left.count("selections"),
            "{version:?}"
        );

        fixture.buy("suite", 100).await;
        let done = fixture.change(assign(&["suite"]), everyone()).await;
        assert_eq!(done.results.len(), left.count("users"), "{version:?}");
        let sound = verify(server.storage()).await;
        assert_eq!(sound.code, 0, "{version:?}: {sound:?}");
    }
}

async fn a_newer_schema_is_refused_with_both_versions_named(database: Database) {
    let mut server = Server::start(Storage::create(database));
    server.kill();
    server.storage().expect_damage();
    let tables = Tables::open(server.storage()).await;
    let newer = "INSERT INTO _sqlx_migrations \
         (version, description, success, checksum, execution_time) VALUES (9999, 'future', TRUE, '', 0)";
    tables.run(newer).await;
    let (status, said) = Server::refuse(server.storage(), &[]);
    assert_eq!(status.code(), Some(1), "{said}");
    let message = format!(
        "the database schema is newer than this program: it has version 9999, this program knows \
         up to version {}",
        VERSIONS.len()
    );
    assert!(said.contains(&message), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    let refused = verify(server.storage()).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.complaints.contains(&message), "{refused:?}");
}

async fn a_schema_from_before_the_first_release_is_refused(database: Database) {
    let mut server = Server::start(Storage::create(database));
    server.kill();
    server.storage().expect_damage();
    let tables = Tables::open(server.storage()).await;
    let before = "CREATE TABLE seaql_migrations (version TEXT PRIMARY KEY, applied_at BIGINT)";
    tables.run(before).await;
    let (status, said) = Server::refuse(server.storage(), &[]);
    assert_eq!(status.code(), Some(1), "{said}");
    let reason = "made by a development version of Seatkeeper, before version 0.1.0";
    assert!(said.contains(reason), "{said}");
    let refused = verify(server.storage()).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.complaints.contains(reason), "{refused:?}");
}

#[test]
fn no_version_is_left_out() {
    let migrations = std::fs::read_dir(left::MIGRATIONS).unwrap();
    let directories = migrations.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(
        directories.count(),
        VERSIONS.len(),
        "add the version to VERSIONS, and its data to schema/left"
    );
}

/// Records the data of the newest version for tests of later versions, if `SEATKEEPER_WRITE_SCHEMA`
/// names a file.
#[tokio::test]
async fn the_schema_of_the_newest_version_is_recorded_on_demand() {
    let Some(file) = std::env::var_os("SEATKEEPER_WRITE_SCHEMA") else {
        return;
    };
    let pace = ["--segment-users", "8"];
    let mut own = OwnServer::start_with(Storage::create(Database::Sqlite), &pace).await;
    left::populate(&own.fixture).await;
    own.server.kill();
    let left = Left::read(&Tables::open(own.server.storage()).await).await;
    std::fs::write(file, left.to_text()).unwrap();
}

on_each_database! {
    every_version_is_brought_forward_with_its_data,
    a_newer_schema_is_refused_with_both_versions_named,
    a_schema_from_before_the_first_release_is_refused,
}
