use seatkeeper_proto::v1::UserResult;
use seatkeeper_tests::{Fixture, PythonClient, on_each_database, product};
use serde_json::{Value, json};

/// The server's address in the form that Python's gRPC expects.
fn address(fixture: &Fixture) -> &str {
    fixture.url.trim_start_matches("http://")
}

fn objects(output: &str) -> Vec<Value> {
    let lines = output.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn shown(result: &UserResult) -> Value {
    let products = result.license_results.iter();
    let outcomes = products.map(|product| product.outcome().as_str_name());
    json!({
        "sequence_number": result.sequence_number,
        "user": result.user,
        "outcomes": outcomes.collect::<Vec<_>>(),
    })
}

async fn a_generated_client_reads_the_same_results(fixture: Fixture) {
    fixture.add_users(1_000).await;
    fixture.buy("suite", 900).await;
    let client = PythonClient::generate();
    let arguments = [address(&fixture), &fixture.customer, &product("suite")];
    let mut read = objects(&client.run("run_batch.py", &arguments));
    let batch = read.remove(0)["batch"].as_str().unwrap().to_owned();
    let transcript = fixture.follow(&batch, 0).await.unwrap().to_end().await;
    assert_eq!(
        read,
        transcript.results.iter().map(shown).collect::<Vec<_>>()
    );
}

async fn a_generated_client_sees_why_it_is_refused(fixture: Fixture) {
    fixture.add_users(1).await;
    let client = PythonClient::generate();
    let arguments = [address(&fixture), fixture.customer.as_str()];
    let seen = objects(&client.run("refused_batch.py", &arguments));
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["code"], "INVALID_ARGUMENT");
    assert_eq!(seen[0]["reason"], "EMPTY_SELECTION");
    assert_eq!(seen[0]["fields"], json!(["selection"]));
}

on_each_database! {
    a_generated_client_reads_the_same_results,
    a_generated_client_sees_why_it_is_refused,
}
