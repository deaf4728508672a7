//! A transaction that the database aborts as the victim of a deadlock is retried, and the caller
//! gets no error.

use std::sync::Arc;

use seatkeeper_proto::v1::PurchaseSeatsRequest;
use seatkeeper_testkit::PostgresCluster;
use seatkeeper_tests::{Connection, Fixture, Launch, Server, Storage, import_catalog};

/// Locks `entitlements` first, which the server locks last. When the server waits, locks
/// `customers`. Its deadlock timeout is long, so the database aborts the server's transaction.
const RIVAL: &str = "
    BEGIN;
    SET LOCAL deadlock_timeout = '1min';
    SELECT 1 FROM entitlements FOR UPDATE;
    DO $$ BEGIN
        WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted) LOOP
            PERFORM pg_sleep(0.01);
        END LOOP;
    END $$;
    SELECT 1 FROM customers FOR UPDATE;
    COMMIT;
";

async fn purchase(fixture: &Fixture) {
    let request = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 1,
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.purchase_seats(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_hidden_from_callers() {
    let cluster = PostgresCluster::start().unwrap();
    let storage = Arc::new(Storage::create_on(&cluster));
    let server = Server::start_on(Arc::clone(&storage), Launch::plain(&[]));
    import_catalog(&Connection::open(server.url()).await).await;
    let fixture = Fixture::on(&server).await;
    purchase(&fixture).await;
    let mut bought = 1;
    let rival = tokio::task::spawn_blocking(move || {
        let Storage::Postgres(database) = &*storage else {
            unreachable!("the storage is on PostgreSQL");
        };
        // The rival's own transaction is aborted if it meets no transaction of the server in time.
        while database.query(RIVAL).is_err() {}
    });
    while !rival.is_finished() {
        purchase(&fixture).await;
        bought += 1;
    }
    // The rival has finished, so the database has aborted the server's transaction.
    rival.await.unwrap();
    let seats = fixture.entitlement("suite").await;
    assert_eq!(seats.purchased_count, bought, "each purchase counts once");
}
