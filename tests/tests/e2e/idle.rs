use std::time::Duration;

use seatkeeper_tests::{
    BlackHole, Connection, Database, OpenBatch, Own, Scene, Storage, on_each_database,
};

/// How long what a vanished reader holds may be missing: a few times what it takes.
const PATIENCE: Duration = Duration::from_secs(40);

/// A batch that waits for more users, on a server that allows so many streams.
async fn waiting_batch(own: &Own, url: &str) -> OpenBatch {
    own.scene.add_users(2).await;
    own.scene.buy("suite", 2).await;
    let scene = Scene {
        connection: Connection::open(url).await,
        ..own.scene.clone()
    };
    OpenBatch::begin(&scene, &["u1"]).await.unwrap()
}

async fn a_stream_with_nothing_to_tell_tells_its_progress(own: Own) {
    let mut open = waiting_batch(&own, &own.scene.url).await;
    for _ in 0..2 {
        let progress = open.next_progress().await;
        assert_eq!((progress.processed_count, progress.user_count), (1, 1));
        assert!(progress.intake_open);
    }
}

/// A follower on the same server, whom nobody but the server itself tells anything.
async fn a_follower_with_nothing_to_read_is_told_of_progress(own: Own) {
    let open = waiting_batch(&own, &own.scene.url).await;
    let mut follower = own.scene.follow(&open.batch(), 0).await.unwrap();
    follower.read_results(1).await.unwrap();
    while follower.so_far().progress.len() < 2 {
        follower.next().await.unwrap();
    }
    let told = &follower.so_far().progress[1];
    assert_eq!((told.processed_count, told.user_count), (1, 1));
    let ended = open.close().to_end().await;
    assert_eq!(follower.to_end().await.results, ended.results);
}

/// The cable is pulled: nobody says goodbye.
async fn a_reader_who_vanishes_gives_its_stream_back(database: Database) {
    let storage = Storage::create(database);
    let own = Own::start_with(storage, &["--open-streams-max", "1"]).await;
    let way = BlackHole::before(&own.scene.url).await;
    let open = waiting_batch(&own, way.url()).await;
    way.swallow();
    let freed = async {
        loop {
            match own.scene.follow(&open.batch(), 0).await {
                Ok(reading) => return reading,
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let reading = tokio::time::timeout(PATIENCE, freed).await;
    let told = reading.expect("the stream is given back").to_end().await;
    // So is the batch, which waits for its caller no longer.
    assert!(told.finished.unwrap().batch.unwrap().intake_interrupted);
    assert_eq!(told.results.len(), 1);
}

on_each_database! {
    a_stream_with_nothing_to_tell_tells_its_progress,
    a_follower_with_nothing_to_read_is_told_of_progress,
    a_reader_who_vanishes_gives_its_stream_back,
}
