use seatkeeper_proto::v1::{
    ListBatchResultsRequest, ListBatchResultsResponse, User, UserResult, ViolationType, user,
};
use seatkeeper_tests::{Scene, Transcript, assign, everyone, on_each_database, revoke};

/// A batch of six users: four get `suite`, the blocked one and the last do not.
async fn batch(scene: &Scene) -> Transcript {
    scene.add_users(4).await;
    let blocked = User {
        state: user::State::Blocked.into(),
        ..scene.person("blocked", "CH")
    };
    scene
        .import_users(vec![blocked, scene.person("late", "CH")])
        .await;
    scene.buy("suite", 4).await;
    scene.change(assign(&["suite"]), everyone()).await
}

async fn list(scene: &Scene, request: ListBatchResultsRequest) -> ListBatchResultsResponse {
    let answer = scene.connection.batches().list_batch_results(request).await;
    answer.unwrap().into_inner()
}

fn of(told: &Transcript) -> ListBatchResultsRequest {
    ListBatchResultsRequest {
        name: told.batch(),
        ..ListBatchResultsRequest::default()
    }
}

fn ids(results: &[UserResult]) -> Vec<&str> {
    let names = results.iter().map(|result| result.user.as_str());
    names.map(|name| name.rsplit('/').next().unwrap()).collect()
}

async fn pages_hold_each_result_once(scene: Scene) {
    let told = batch(&scene).await;
    let mut request = ListBatchResultsRequest {
        page_size: 4,
        ..of(&told)
    };
    let mut results = Vec::new();
    loop {
        let page = list(&scene, request.clone()).await;
        results.extend(page.results);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(results, told.results);
}

async fn failures_can_be_asked_for_alone(scene: Scene) {
    let told = batch(&scene).await;
    let request = ListBatchResultsRequest {
        failed_only: true,
        ..of(&told)
    };
    let page = list(&scene, request).await;
    assert_eq!(ids(&page.results), ["blocked", "late"]);
    assert_eq!(page.total_size, 6);
}

async fn one_violation_can_be_asked_for_alone(scene: Scene) {
    let told = batch(&scene).await;
    let request = ListBatchResultsRequest {
        violation_type: ViolationType::UserBlocked.into(),
        ..of(&told)
    };
    assert_eq!(ids(&list(&scene, request).await.results), ["blocked"]);
}

async fn licenses_held_now_come_on_request(scene: Scene) {
    let told = batch(&scene).await;
    scene.change(revoke(&["suite"]), everyone()).await;
    let request = ListBatchResultsRequest {
        include_current_licenses: true,
        ..of(&told)
    };
    let page = list(&scene, request).await;
    assert!(page.results.iter().all(|result| result.licenses.is_empty()));
}

on_each_database! {
    pages_hold_each_result_once,
    failures_can_be_asked_for_alone,
    one_violation_can_be_asked_for_alone,
    licenses_held_now_come_on_request,
}
