use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, UserResult};
use seatkeeper_tests::{Scene, assign, everyone, on_each_database};

/// More than one chunk, so that a dry run has to remember the seats it did not take.
const USERS: usize = 6_000;
const SEATS: i64 = 5_500;

fn request(scene: &Scene) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        include_licenses: true,
        ..scene.request(assign(&["suite", "addon"]), everyone())
    }
}

fn dry_run(scene: &Scene) -> BatchUpdateLicensesRequest {
    BatchUpdateLicensesRequest {
        validate_only: true,
        ..request(scene)
    }
}

async fn furnish(scene: &Scene, users: usize, seats: i64) {
    scene.add_users(users).await;
    scene.buy("suite", seats).await;
    scene.buy("addon", seats + 1).await;
}

async fn a_dry_run_writes_nothing(scene: Scene) {
    furnish(&scene, 3, 2).await;
    let before = scene.state().await;
    scene.run(dry_run(&scene)).await;
    assert_eq!(scene.state().await, before);
}

async fn a_dry_run_tells_what_the_real_one_does(scene: Scene) {
    furnish(&scene, USERS, SEATS).await;
    let foretold = scene.run(dry_run(&scene)).await;
    let done = scene.run(request(&scene)).await;
    let same = |pair: (&UserResult, &UserResult)| assert_eq!(pair.0, pair.1);
    assert_eq!(foretold.results.len(), done.results.len());
    foretold.results.iter().zip(&done.results).for_each(same);
    assert_eq!(
        foretold.summary().outcome_counts,
        done.summary().outcome_counts
    );
}

async fn a_dry_run_leaves_no_batch_behind(scene: Scene) {
    furnish(&scene, 1, 1).await;
    let told = scene.run(dry_run(&scene)).await;
    assert_eq!(told.batch(), "");
}

async fn a_dry_run_does_not_use_the_request_id_up(scene: Scene) {
    furnish(&scene, 1, 1).await;
    let request_id = "first".to_owned();
    let rehearsed = BatchUpdateLicensesRequest {
        request_id: request_id.clone(),
        ..dry_run(&scene)
    };
    scene.run(rehearsed).await;
    let real = BatchUpdateLicensesRequest {
        request_id,
        ..request(&scene)
    };
    assert!(!scene.run(real).await.started.unwrap().joined);
}

on_each_database! {
    a_dry_run_writes_nothing,
    a_dry_run_tells_what_the_real_one_does,
    a_dry_run_leaves_no_batch_behind,
    a_dry_run_does_not_use_the_request_id_up,
}
