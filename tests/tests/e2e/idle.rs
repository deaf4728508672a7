use std::time::Duration;

use seatkeeper_tests::{
    BlackHole, Connection, Database, Fixture, OpenBatch, OwnServer, Storage, on_each_database,
};

/// Timeout for the server to free the stream of a vanished reader: a few times the usual time.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Starts a batch with an open user stream, on a server that limits open streams.
async fn waiting_batch(own: &OwnServer, url: &str) -> OpenBatch {
    own.fixture.add_users(2).await;
    own.fixture.buy("suite", 2).await;
    let fixture = Fixture {
        connection: Connection::open(url).await,
        ..own.fixture.clone()
    };
    OpenBatch::begin(&fixture, &["u1"]).await.unwrap()
}

async fn an_idle_stream_reports_progress(own: OwnServer) {
    let mut open = waiting_batch(&own, &own.fixture.url).await;
    for _ in 0..2 {
        let progress = open.next_progress().await;
        assert_eq!((progress.processed_count, progress.user_count), (1, 1));
        assert!(progress.user_stream_open);
    }
}

/// The follower is on the same server; only progress events that the server itself sends arrive.
async fn a_follower_with_nothing_to_read_receives_progress(own: OwnServer) {
    let open = waiting_batch(&own, &own.fixture.url).await;
    let mut follower = own.fixture.follow(&open.batch(), 0).await.unwrap();
    follower.read_results(1).await.unwrap();
    while follower.so_far().progress.len() < 2 {
        follower.next().await.unwrap();
    }
    let transcript = &follower.so_far().progress[1];
    assert_eq!((transcript.processed_count, transcript.user_count), (1, 1));
    let ended = open.close().to_end().await;
    assert_eq!(follower.to_end().await.results, ended.results);
}

/// The connection is lost without a close.
async fn a_reader_who_vanishes_gives_its_stream_back(database: Database) {
    let storage = Storage::create(database);
    let own = OwnServer::start_with(storage, &["--open-streams-max", "1"]).await;
    let way = BlackHole::before(&own.fixture.url).await;
    let open = waiting_batch(&own, way.url()).await;
    way.swallow();
    let freed = async {
        loop {
            match own.fixture.follow(&open.batch(), 0).await {
                Ok(reading) => return reading,
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let reading = tokio::time::timeout(TIMEOUT, freed).await;
    let transcript = reading.expect("the stream is free").to_end().await;
    // The server has also closed the user stream of the batch.
    assert!(
        transcript
            .finished
            .unwrap()
            .batch
            .unwrap()
            .user_stream_interrupted
    );
    assert_eq!(transcript.results.len(), 1);
}

on_each_database! {
    an_idle_stream_reports_progress,
    a_follower_with_nothing_to_read_receives_progress,
    a_reader_who_vanishes_gives_its_stream_back,
}
