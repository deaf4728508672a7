use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, batch};
use seatkeeper_tests::{
    Connection, Fixture, OwnServer, assign, everyone, on_each_database, revoke,
};

const USERS: usize = 30_000;
/// Number of readers of one batch that read only its beginning.
const LAZY_READERS: usize = 40;
/// Much less than the unread data: 1,200,000 results of more than a hundred bytes.
const MEMORY_BYTES_MAX: u64 = 48 * 1024 * 1024;

/// The same customer over a connection on which an unread stream soon blocks the sender.
async fn narrow(fixture: &Fixture) -> Fixture {
    Fixture {
        connection: Connection::open_narrow(&fixture.url).await,
        ..fixture.clone()
    }
}

async fn a_reader_who_does_not_read_blocks_no_others(fixture: Fixture) {
    fixture.add_users(USERS).await;
    fixture.buy("suite", 30_000).await;
    let lazy = narrow(&fixture).await;
    let request = BatchUpdateLicensesRequest {
        include_licenses: true,
        ..lazy.request(assign(&["suite"]), everyone())
    };
    let mut reading = lazy.start(request).await.unwrap();
    reading.next().await.unwrap();
    let ended = fixture.ended_batch(&reading.so_far().batch()).await;
    assert_eq!(ended.state(), batch::State::Succeeded);
    assert_eq!(reading.so_far().results.len(), 0);
    assert_eq!(reading.to_end().await.results.len(), USERS);
}

/// Buffering all unread results would take many times the bound.
async fn readers_who_do_not_read_take_little_memory(own: OwnServer) {
    let fixture = &own.fixture;
    fixture.add_users(USERS).await;
    fixture.buy("suite", 30_000).await;
    // This batch lets the database's own memory grow before the measurement.
    fixture.change(assign(&["suite"]), everyone()).await;
    let before = own.server.memory_bytes();
    let request = BatchUpdateLicensesRequest {
        include_licenses: true,
        ..fixture.request(revoke(&["suite"]), everyone())
    };
    let mut first = narrow(fixture).await.start(request).await.unwrap();
    first.next().await.unwrap();
    let batch = first.so_far().batch();
    let mut lazy = vec![];
    for _ in 0..LAZY_READERS {
        // Each reader has its own connection, because one unread stream blocks the others on a
        // connection.
        let mut reading = narrow(fixture).await.follow(&batch, 0).await.unwrap();
        reading.next().await.unwrap();
        lazy.push(reading);
    }
    let ended = fixture.ended_batch(&batch).await;
    assert_eq!(ended.state(), batch::State::Succeeded);
    let grown = own.server.memory_bytes().saturating_sub(before);
    assert!(grown < MEMORY_BYTES_MAX, "{grown} bytes more");
    for reading in lazy {
        assert_eq!(reading.to_end().await.results.len(), USERS);
    }
}

on_each_database! {
    readers_who_do_not_read_take_little_memory,
    a_reader_who_does_not_read_blocks_no_others,
}
