use seatkeeper_proto::v1::{
    ListBatchResultsRequest, ListBatchResultsResponse, User, UserResult, ViolationType, user,
};
use seatkeeper_tests::{
    CommandLine, Fixture, Scratch, Transcript, assign, everyone, on_each_database, revoke, swap,
};

/// Runs a batch of six users: four get `suite`, the blocked user and the last user fail.
async fn batch(fixture: &Fixture) -> Transcript {
    fixture.add_users(4).await;
    let blocked = User {
        state: user::State::Blocked.into(),
        ..fixture.person("blocked", "CH")
    };
    fixture
        .import_users(vec![blocked, fixture.person("late", "CH")])
        .await;
    fixture.buy("suite", 4).await;
    fixture.change(assign(&["suite"]), everyone()).await
}

async fn list(fixture: &Fixture, request: ListBatchResultsRequest) -> ListBatchResultsResponse {
    let answer = fixture
        .connection
        .batches()
        .list_batch_results(request)
        .await;
    answer.unwrap().into_inner()
}

fn of(transcript: &Transcript) -> ListBatchResultsRequest {
    ListBatchResultsRequest {
        name: transcript.batch(),
        ..ListBatchResultsRequest::default()
    }
}

fn ids(results: &[UserResult]) -> Vec<&str> {
    let names = results.iter().map(|result| result.user.as_str());
    names.map(|name| name.rsplit('/').next().unwrap()).collect()
}

async fn pages_hold_each_result_once(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let mut request = ListBatchResultsRequest {
        page_size: 4,
        ..of(&transcript)
    };
    let mut results = Vec::new();
    loop {
        let page = list(&fixture, request.clone()).await;
        results.extend(page.results);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(results, transcript.results);
}

async fn failures_can_be_asked_for_alone(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let request = ListBatchResultsRequest {
        failed_only: true,
        ..of(&transcript)
    };
    let page = list(&fixture, request).await;
    assert_eq!(ids(&page.results), ["blocked", "late"]);
    assert_eq!(page.total_size, 6);
}

async fn one_violation_can_be_asked_for_alone(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let request = ListBatchResultsRequest {
        violation_type: ViolationType::UserBlocked.into(),
        ..of(&transcript)
    };
    assert_eq!(ids(&list(&fixture, request).await.results), ["blocked"]);
}

async fn one_product_can_be_asked_for_alone(fixture: Fixture) {
    fixture.add_users(2).await;
    fixture.buy("suite", 2).await;
    fixture.buy("lite", 2).await;
    fixture.change(assign(&["lite"]), everyone()).await;
    let transcript = fixture
        .change(swap(&["lite"], &["suite"]), everyone())
        .await;
    let request = ListBatchResultsRequest {
        product: "products/lite".to_owned(),
        ..of(&transcript)
    };
    let page = list(&fixture, request).await;
    assert_eq!(ids(&page.results), ["u1", "u2"]);
    let products = page
        .results
        .iter()
        .flat_map(|result| &result.license_results);
    assert!(
        products
            .clone()
            .all(|result| result.product == "products/lite")
    );
    assert_eq!(products.count(), 2);
}

async fn a_batch_says_who_asked_for_what_and_when(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let batch = fixture.batch(&transcript.batch()).await;
    assert_eq!(batch.principal, "local");
    assert_eq!(batch.change.unwrap().assign[0].product, "products/suite");
    assert_eq!(batch.selection, Some(everyone()));
    let times = [batch.create_time, batch.start_time, batch.end_time];
    let times = times.map(|time| time.map(|time| (time.seconds, time.nanos)));
    assert!(
        times.iter().all(Option::is_some) && times.is_sorted(),
        "{times:?}"
    );
}

async fn licenses_held_now_come_on_request(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    fixture.change(revoke(&["suite"]), everyone()).await;
    let request = ListBatchResultsRequest {
        include_current_licenses: true,
        ..of(&transcript)
    };
    let page = list(&fixture, request).await;
    assert!(page.results.iter().all(|result| result.licenses.is_empty()));
}

/// The arguments of `seatkeeper confirm` for a batch.
fn confirm<'a>(fixture: &'a Fixture, batch: &'a str, further: &[&'a str]) -> Vec<&'a str> {
    let id = batch.rsplit('/').next().unwrap();
    let mut words = vec!["confirm", id, "--customer", fixture.customer_id()];
    words.extend(further);
    words
}

async fn the_command_line_confirms_for_people(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let name = transcript.batch();
    let line = CommandLine::of(&fixture);
    let ended = line.run(&confirm(&fixture, &name, &["--failed"])).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    for said in [
        "started by local",
        "assigns SUITE",
        "USER_BLOCKED",
        "2 results shown",
    ] {
        assert!(ended.output.contains(said), "{said}: {ended:?}");
    }
}

async fn the_command_line_exports_csv(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let (name, scratch) = (transcript.batch(), Scratch::create());
    let path = scratch.path().join("confirmation.csv");
    let line = CommandLine::of(&fixture);
    let further = ["--format", "csv", "--output-file", path.to_str().unwrap()];
    let ended = line.run(&confirm(&fixture, &name, &further)).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 7);
    assert!(lines[0].starts_with("sequence_number,request_index,user,product,"));
    assert_eq!(lines[1], "1,,u1,suite,SUITE,assigned,,,,suite");
    assert!(
        lines[5].starts_with("5,,blocked,suite,SUITE,failed,USER_BLOCKED; "),
        "{text}"
    );
}

async fn the_command_line_exports_json_lines(fixture: Fixture) {
    let transcript = batch(&fixture).await;
    let name = transcript.batch();
    let line = CommandLine::of(&fixture);
    let further = ["--format", "jsonl", "--violation", "USER_BLOCKED"];
    let ended = line.run(&confirm(&fixture, &name, &further)).await;
    let objects = ended.objects();
    assert_eq!(objects[0]["batch"]["name"], name.as_str());
    assert_eq!(objects[1]["user"], fixture.user("blocked"));
    assert_eq!(objects.len(), 2);
}

on_each_database! {
    one_product_can_be_asked_for_alone,
    a_batch_says_who_asked_for_what_and_when,
    the_command_line_confirms_for_people,
    the_command_line_exports_csv,
    the_command_line_exports_json_lines,
    pages_hold_each_result_once,
    failures_can_be_asked_for_alone,
    one_violation_can_be_asked_for_alone,
    licenses_held_now_come_on_request,
}
