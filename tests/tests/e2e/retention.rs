//! What is over is removed after the time it is kept for.

use std::time::Duration;

use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, ErrorReason, GetBatchRequest};
use seatkeeper_tests::{
    Database, Own, Refusal, Scene, Storage, assign, everyone, on_each_database, refusal, run_alone,
};
use tonic::Code;

/// Batches are kept for as long as their own readers need, and looked for every second.
const BRIEFLY: [&str; 4] = ["--batch-retention", "2s", "--upkeep-interval", "1s"];

/// How long a batch may take to disappear.
const PATIENCE: Duration = Duration::from_mins(1);

async fn keeping_briefly(database: Database) -> Own {
    Own::start_with(Storage::create(database), &BRIEFLY).await
}

fn request(scene: &Scene) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..scene.request(assign(&["suite"]), everyone())
    }
}

async fn furnish(scene: &Scene) {
    scene.add_users(3).await;
    scene.buy("suite", 3).await;
}

/// How a batch is refused, once it is.
async fn gone(scene: &Scene, name: &str) -> Refusal {
    let gone = async {
        loop {
            let request = GetBatchRequest {
                name: name.to_owned(),
            };
            if let Err(status) = scene.connection.batches().get_batch(request).await {
                return refusal(&status);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap()
}

async fn a_batch_disappears_after_its_time_and_verify_finds_nothing(database: Database) {
    let own = keeping_briefly(database).await;
    furnish(&own.scene).await;
    let done = own.scene.run(request(&own.scene)).await;
    gone(&own.scene, &done.batch())
        .await
        .is(Code::NotFound, ErrorReason::BatchNotFound);
    let storage = own.server.storage().arguments();
    let storage = storage.map(|word| word.into_string().unwrap());
    let ended = run_alone(&["verify", &storage[0], &storage[1]]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
}

async fn its_request_id_acts_anew(database: Database) {
    let own = keeping_briefly(database).await;
    furnish(&own.scene).await;
    let first = own.scene.run(request(&own.scene)).await;
    gone(&own.scene, &first.batch()).await;
    let anew = own.scene.run(request(&own.scene)).await;
    assert_ne!(anew.batch(), first.batch());
    assert!(!anew.started.unwrap().joined);
}

on_each_database! {
    a_batch_disappears_after_its_time_and_verify_finds_nothing,
    its_request_id_acts_anew,
}
