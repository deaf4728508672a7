//! A transaction that the database breaks off in favor of another is carried out again, and nobody
//! hears of it.

use std::sync::Arc;

use seatkeeper_proto::v1::PurchaseSeatsRequest;
use seatkeeper_testkit::PostgresCluster;
use seatkeeper_tests::{Connection, Fixture, Launch, Server, Storage, import_catalog};

/// Takes first what the server takes last, and what the server takes first once that waits. Its
/// deadlock timeout is long, so that the database breaks off the other.
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
            unreachable!("it is on PostgreSQL");
        };
        // It is broken off itself when it was too slow to meet the server.
        while database.query(RIVAL).is_err() {}
    });
    while !rival.is_finished() {
        purchase(&fixture).await;
        bought += 1;
    }
    // Once the server waited for the rival, the rival went on: the server's transaction was broken off.
    rival.await.unwrap();
    let seats = fixture.entitlement("suite").await;
    assert_eq!(seats.purchased_count, bought, "each purchase is made once");
}
