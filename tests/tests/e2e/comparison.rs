//! The benchmark's comparison of two builds, with the smallest possible workload. The tests assert
//! no speed: with so few pairs there is no verdict.

use std::path::Path;

use seatkeeper_tests::{
    Database, Ended, Scratch, on_each_database, run_program, seatkeeper, seatkeeper_bench,
};
use serde_json::Value;

on_each_database!(a_binary_is_compared_with_itself_by_every_figure,);

/// The exit code of a comparison with too few pairs for a verdict.
const UNDECIDED: i32 = 4;

const FIGURES: [(&str, &str); 5] = [
    ("throughput", "assign 1 product"),
    ("throughput", "revoke 1 product"),
    ("unary", "one call per user, 1 at a time"),
    ("unary", "one call per user, 4 at a time"),
    ("followers", "10 followers, results received"),
];

async fn a_binary_is_compared_with_itself_by_every_figure(database: Database) {
    let scratch = Scratch::create();
    let json = scratch.path().join("comparison.json");
    let name = match database {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    };
    let json_argument = json.display().to_string();
    let words = [
        "--database",
        name,
        "--pairs-max",
        "1",
        "--json",
        &json_argument,
    ];
    let ended = compare(&words).await;
    assert_eq!(ended.code, UNDECIDED, "{ended:?}");
    for (_, figure) in FIGURES {
        assert!(ended.output.contains(figure), "{ended:?}");
    }
    let compared: Vec<(String, String)> = figures(&json)
        .iter()
        .map(|figure| (text(&figure["scenario"]), text(&figure["figure"])))
        .collect();
    let expected = FIGURES.map(|(scenario, figure)| (scenario.to_owned(), figure.to_owned()));
    assert_eq!(compared, expected);
}

#[tokio::test]
async fn each_server_contributes_one_round_to_each_pair() {
    let scratch = Scratch::create();
    let json = scratch.path().join("comparison.json");
    let json_argument = json.display().to_string();
    let words = [
        "--database",
        "sqlite",
        "--only",
        "unary",
        "--pairs-max",
        "3",
    ];
    let ended = compare(&[&words[..], &["--json", &json_argument]].concat()).await;
    assert_eq!(ended.code, UNDECIDED, "{ended:?}");
    for figure in figures(&json) {
        for server in ["measured", "baseline"] {
            assert_eq!(figure[server].as_array().unwrap().len(), 3, "{figure}");
        }
    }
}

#[tokio::test]
async fn an_argument_of_the_baseline_reaches_the_baseline_alone() {
    let ended = compare(&["--database", "sqlite", "--baseline-arg=--no-such-flag"]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    let failure = "the driver of the baseline server is not ready";
    assert!(ended.complaints.contains(failure), "{ended:?}");
    assert!(ended.complaints.contains("--no-such-flag"), "{ended:?}");
}

#[tokio::test]
async fn a_driver_without_the_protocol_is_named() {
    let program = seatkeeper().display().to_string();
    let ended = compare(&["--database", "sqlite", "--baseline-bench", &program]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    let advice = format!("check that {program} has the option --drive");
    assert!(ended.complaints.contains(&advice), "{ended:?}");
}

/// Compares the server binary with itself, with few pairs.
async fn compare(words: &[&str]) -> Ended {
    let server = seatkeeper().display().to_string();
    let binaries = ["--quick", "--server", &server, "--baseline", &server];
    run_program(seatkeeper_bench(), &[&binaries[..], words].concat()).await
}

fn figures(json: &Path) -> Vec<Value> {
    let document = std::fs::read(json).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    document["figures"].as_array().unwrap().clone()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
